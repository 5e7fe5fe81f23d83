import type { Role } from "../system.ts";

/** Times since the epoch, in ms. */
export interface ColdStart {
  /** When the first job was sent. */
  readonly sentMs: number;
  /** When KEDA set one replica. */
  readonly wokenMs: number;
  /** The pods that were started. */
  readonly pods: readonly Role[];
  /** When a worker fetched the job that ended first, and when it ended. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** From the first job to the first result, part by part: a line. */
export function coldStartLine({ sentMs, wokenMs, pods, startedMs, endedMs }: ColdStart): string {
  const [servingMs, readyMs] = [earliest(pods, "serving"), earliest(pods, "ready")];
  const parts = {
    "accepted and seen by a poll": wokenMs - sentMs,
    "process started": servingMs - wokenMs,
    "model loaded": readyMs - servingMs,
    "job fetched": startedMs - readyMs,
    "job run": endedMs - startedMs,
  };
  const told = Object.entries(parts).map(([part, ms]) => `${part} ${Math.round(ms)} ms`);
  return `first result after ${Math.round(endedMs - sentMs)} ms: ${told.join(", ")}`;
}

/** When the first of them logged that message. */
function earliest(pods: readonly Role[], message: string): number {
  const times = pods.flatMap(({ log }) => {
    const line = log.split("\n").find((text) => text.includes(`"msg":"${message}"`));
    const ms = Number(/"time":(\d+)/.exec(line ?? "")?.[1]);
    return Number.isNaN(ms) ? [] : [ms];
  });
  return Math.min(...times);
}
