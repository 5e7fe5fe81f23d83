import type { Redis } from "ioredis";
import type { Outcome } from "../job/outcome.ts";

/** `late`: the job had ended before, or another attempt is the one that counts. */
export type EndVerdict = (typeof verdicts)[number];

export const verdicts = ["ended", "late", "missing"] as const;

/** An end that no tensor batch makes. */
export interface End {
  readonly id: string;
  readonly tenant: string;
  readonly outcome: Outcome;
}

/** Ends a job, waiting or running, unless it has ended. */
export async function endJob(_redis: Redis, _end: End): Promise<EndVerdict> {
  throw new Error("not built yet");
}
