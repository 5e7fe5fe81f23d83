import { useEffect, useState } from "preact/hooks";
import type { BatchObject, BatchResult } from "../../../batches/batch-schema.ts";
import type { Gateway } from "../app/gateway.ts";
import { linePage } from "./result-pages.ts";

/** Which items are looked at; "" for all. */
export type ResultStatus = BatchResult["status"] | "";

interface Found {
  readonly results: readonly BatchResult[];
  /** Where to go on; null when nothing more will come. */
  readonly cursor: string | null | undefined;
}

export interface Results {
  /** Undefined until something was read. */
  readonly results: readonly BatchResult[] | undefined;
  readonly error: Error | undefined;
  readonly hasMore: boolean;
  readonly more: () => void;
}

const SOME = 20;
/** While the batch runs, as long as a page of them is not full. */
const EVERY_MS = 3000;

/**
 * Items that have ended, in the order in which they did, so that while a batch runs each is looked at
 * once: the first of a status may stand behind a million others.
 */
export function useResults(gateway: Gateway, batch: BatchObject, status: ResultStatus): Results {
  const { id, attempt, outcome, counts } = batch;
  const [wanted, setWanted] = useState(SOME);
  const [found, setFound] = useState<Found>({ results: [], cursor: undefined });
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  const isOver = outcome !== null;
  const there = status === "" ? counts.total - counts.queued - counts.running : counts[status];
  const isFull = found.results.length >= Math.min(wanted, there) || found.cursor === null;
  useEffect(() => {
    setFound({ results: [], cursor: undefined });
    setWanted(SOME);
  }, [id, attempt, status]);
  useEffect(() => {
    if (isFull) return undefined;
    const leaving = new AbortController();
    const query = new URLSearchParams({ order: "completion" });
    query.set("limit", String(wanted - found.results.length));
    if (status !== "") query.set("status", status);
    if (found.cursor) query.set("after", found.cursor);
    const read = async (): Promise<void> => {
      const path = `/v1/batches/${id}/results?${query.toString()}`;
      const response = await gateway.ask(path, { signal: leaving.signal });
      const text = await response.text();
      const page = linePage(text);
      if (page === undefined) throw new TypeError("The results broke off.");
      const results = resultsIn(page.text);
      setFound((last) => ({
        results: [...last.results, ...results],
        cursor: page.next ?? null,
      }));
      setError(undefined);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    void read()
      .catch((reason: unknown) => {
        if (!leaving.signal.aborted && reason instanceof Error) setError(reason);
      })
      .finally(() => {
        if (!leaving.signal.aborted)
          timer = setTimeout(() => setTurn((last) => last + 1), EVERY_MS);
      });
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [gateway, id, attempt, status, wanted, isFull, isOver, turn]);
  return {
    results: found.results.length === 0 && !isFull ? undefined : found.results,
    error,
    hasMore: found.results.length > 0 && found.results.length < there,
    more: () => setWanted((last) => last + SOME),
  };
}

function resultsIn(lines: string): readonly BatchResult[] {
  const texts = lines.split("\n").filter(Boolean);
  // The types are the gateway's own, of whose answers tests make sure.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return texts.map((text) => JSON.parse(text) as BatchResult);
}
