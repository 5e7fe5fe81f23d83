import { useEffect, useState } from "preact/hooks";
import type { BatchObject } from "../../../batches/batch-schema.ts";
import { followOld } from "../app/follow.ts";
import type { Gateway } from "../app/gateway.ts";
import { endedOf } from "./batch-status.ts";
import { paceOf, withSample, type Pace, type Sample } from "./pace.ts";

/** Figures that move more often nobody reads. */
const SHOWN_EVERY_MS = 1000;

interface Seen {
  readonly batch: BatchObject | undefined;
  readonly samples: readonly Sample[];
}

export interface FollowedBatch {
  readonly batch: BatchObject | undefined;
  readonly pace: Pace;
  readonly error: Error | undefined;
  /** Looks again, after a move that began it anew. */
  readonly again: () => void;
}

/** A batch by its events until its end, with its pace; moves once a second at most. */
export function useBatch(gateway: Gateway, id: string): FollowedBatch {
  const [seen, setSeen] = useState<Seen>({ batch: undefined, samples: [] });
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    let newest: BatchObject | undefined;
    const show = (): void => {
      const batch = newest;
      if (batch === undefined) return;
      const sample = { atMs: performance.now(), ended: endedOf(batch) };
      setSeen(({ samples }) => ({ batch, samples: withSample(samples, sample) }));
    };
    const onEach = (batch: BatchObject): void => {
      const isFirst = newest === undefined;
      const isTurn = newest?.status !== batch.status;
      newest = batch;
      if (isFirst || isTurn) show();
    };
    const timer = setInterval(() => {
      if (newest?.completed_at === null) show();
    }, SHOWN_EVERY_MS);
    setError(undefined);
    void followOld(gateway, `/v1/batches/${encodeURIComponent(id)}`, { onEach, signal })
      .catch((reason: unknown) => {
        if (!signal.aborted && reason instanceof Error) setError(reason);
      })
      .finally(() => {
        clearInterval(timer);
        if (!signal.aborted) show();
      });
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [gateway, id, turn]);
  const again = (): void => setTurn((last) => last + 1);
  return { batch: seen.batch, pace: paceOf(seen.samples), error, again };
}
