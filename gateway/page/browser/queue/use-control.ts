import type { LaneState, PurgeJson, RetryJson } from "../../../queue/queue-schema.ts";
import { count, several } from "../app/figures.ts";
import type { Gateway } from "../app/gateway.ts";
import { useAct } from "../app/use-act.ts";
import { useToast } from "../pieces/toast.ts";

/** Requests of one purge or retry: each takes seconds, and none goes on for ever. */
const REQUESTS_MAX = 1000;

/** What an operator does with lanes. @param put shows a lane as it is now */
export function useControl(gateway: Gateway, put: (lane: LaneState) => void) {
  const { isBusy, error, act } = useAct();
  const show = useToast();

  const move = async (lane: string, what: "pause" | "resume", body?: object): Promise<void> => {
    const now = await gateway.send<LaneState>("POST", pathOf(lane, what), body);
    if (now !== undefined) put(now);
  };

  /** With Undo. */
  const pause = async ({ lane }: LaneState, refuse = false): Promise<void> => {
    await move(lane, "pause", { refuse });
    const text = `${lane} is paused: it ${refuse ? "refuses new work" : "accepts and holds"}.`;
    show({ text, undo: async () => move(lane, "resume") });
  };

  const resume = async ({ lane, paused }: LaneState): Promise<void> => {
    await move(lane, "resume");
    const undo = async () => move(lane, "pause", { refuse: paused?.refuse === true });
    show({ text: `${lane} goes on.`, undo });
  };

  const purge = async ({ lane }: LaneState): Promise<void> => {
    let [jobs, items] = [0, 0];
    for (let asked = 0; asked < REQUESTS_MAX; asked += 1) {
      const said = await gateway.send<PurgeJson>("POST", pathOf(lane, "purge"));
      jobs += said?.jobs ?? 0;
      items += said?.items ?? 0;
      if (said?.has_more !== true) break;
    }
    const text = `Canceled in ${lane}: ${several(jobs, "job")}, ${several(items, "item")} of batches.`;
    show({ text });
  };

  const retryFailed = async (since: string): Promise<void> => {
    const counts = { retried: 0, gone: 0, refused: 0 };
    let cursor: string | null | undefined;
    for (let asked = 0; asked < REQUESTS_MAX && cursor !== null; asked += 1) {
      const body = { since, ...(cursor !== undefined && { cursor }) };
      const said = await gateway.send<RetryJson>("POST", "/v1/queue/retry-failed", body);
      counts.retried += said?.retried ?? 0;
      counts.gone += said?.gone ?? 0;
      counts.refused += said?.refused ?? 0;
      cursor = said?.next_cursor ?? null;
    }
    show({ text: retriedText(counts) });
  };

  return { isBusy, error, act, pause, resume, purge, retryFailed };
}

function pathOf(lane: string, what: "pause" | "resume" | "purge"): string {
  return `/v1/queue/${lane}/${what}`;
}

/** How a retry ended, in a sentence. */
export function retriedText(counts: Readonly<Record<"retried" | "gone" | "refused", number>>) {
  const { retried, gone, refused } = counts;
  const lost = gone === 0 ? "" : `, ${count(gone)} without an input that is kept`;
  const full = refused === 0 ? "" : `, ${count(refused)} for which there is no room now`;
  return `Queued again: ${several(retried, "job")}${lost}${full}.`;
}
