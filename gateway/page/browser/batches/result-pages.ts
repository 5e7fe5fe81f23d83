import { pause } from "../app/follow.ts";
import { Refused, type Gateway } from "../app/gateway.ts";
import { CSV_END, cursorIn, END_MARK, recordsIn } from "../call/page-end.ts";

/** How results are written to a file. */
export type ResultForm = "ndjson" | "csv";

/** Some results as they go into a file, and where the next ones begin; undefined at the end. */
export interface ResultPage {
  readonly text: string;
  readonly records: number;
  readonly next: string | undefined;
}

/** Few enough for memory, and enough that asking costs little. */
const PAGE_RECORDS = 2000;
const TRIES_MAX = 8;
const AGAIN_MS = 2000;

const TYPES: Readonly<Record<ResultForm, string>> = {
  ndjson: "application/x-ndjson",
  csv: "text/csv",
};

/**
 * All results of a batch that there are, in the order of its items, some at a time: what a file of a
 * gigabyte takes of the page's memory is one page. One that breaks off is asked for again.
 *
 * @throws {Refused} when the batch is gone, or has no CSV
 */
export async function* resultPages(
  gateway: Gateway,
  id: string,
  form: ResultForm,
  signal: AbortSignal,
): AsyncGenerator<ResultPage> {
  let after: string | undefined;
  for (let number = 0; ; number += 1) {
    const query = new URLSearchParams({ limit: String(PAGE_RECORDS) });
    if (after !== undefined) query.set("after", after);
    const path = `/v1/batches/${id}/results?${query.toString()}`;
    const read = async (): Promise<ResultPage | undefined> => {
      const response = await gateway.ask(path, { headers: { accept: TYPES[form] }, signal });
      const text = await response.text();
      return form === "csv" ? csvPage(text, number === 0) : linePage(text);
    };
    const page = await again(read, signal);
    if (page.records > 0 || number === 0) yield page;
    if (page.next === undefined || page.records === 0) return;
    after = page.next;
  }
}

/** @returns what was read whole @throws what the last of several tries threw */
async function again(
  read: () => Promise<ResultPage | undefined>,
  signal: AbortSignal,
): Promise<ResultPage> {
  for (let tries = 1; ; tries += 1) {
    try {
      const page = await read();
      if (page !== undefined) return page;
      if (tries === TRIES_MAX) throw new Error("The results broke off, again and again.");
    } catch (error) {
      const isFinal = error instanceof Refused && !error.problem.retryable;
      if (isFinal || signal.aborted || tries >= TRIES_MAX) throw error;
    }
    await pause(AGAIN_MS, signal);
  }
}

/** Lines without the one that says where the next begin. @returns undefined when they broke off */
export function linePage(text: string): ResultPage | undefined {
  const start = text.lastIndexOf("\n", text.length - 2) + 1;
  const last = text.slice(start);
  if (!last.startsWith(END_MARK) || !last.endsWith("\n")) return undefined;
  // The types are the gateway's own, of whose answers tests make sure.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { next } = JSON.parse(last) as { readonly next: string | null };
  const lines = text.slice(0, start);
  return { text: lines, records: lines.split("\n").length - 1, next: next ?? undefined };
}

/**
 * Records of CSV; the header stands before the first of all alone. The last field of each is the cursor
 * behind it.
 *
 * @returns undefined when they broke off: the end is an empty line
 */
export function csvPage(text: string, isFirst: boolean): ResultPage | undefined {
  if (!text.endsWith(CSV_END)) return undefined;
  const start = text.indexOf("\r\n") + 2;
  const records = text.slice(start, -2);
  return {
    text: isFirst ? text.slice(0, -2) : records,
    records: recordsIn(records),
    next: cursorIn(records),
  };
}
