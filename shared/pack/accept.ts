import type { Redis } from "ioredis";
import type { Lane } from "../lane.ts";
import type { NewJob } from "../job/record.ts";

/** What became of a job. All but `accepted` stored nothing. */
export type Verdict =
  /** Jobs of the lane that had not ended when it came. */
  | { readonly kind: "accepted"; readonly ahead: number; readonly createdAtMs: number }
  /** The key of the request is bound to this job. */
  | { readonly kind: "replayed"; readonly id: string }
  | { readonly kind: Exclude<(typeof kinds)[number], "accepted" | "replayed"> };

const kinds = [
  "accepted",
  "replayed",
  "key_reused",
  "queue_full",
  "tenant_full",
  "input_lost",
  /** Another pack has the name: two gateways drew the same. */
  "collision",
] as const;

/** Most that may be accepted and not settled at a time. */
export interface Quota {
  readonly laneJobs: number;
  /** Bytes of payloads in Redis. */
  readonly laneBytes: number;
  readonly tenantJobs: number;
  readonly tenantBytes: number;
}

/** How long an idempotency key stays bound at least, in seconds; see `accept.lua`. */
export const IDEMPOTENCY_SECONDS = 86_400;

/** How long a payload of its own may wait for its accept, in seconds; accept lifts the limit. */
export const CLAIM_SECONDS = 600;

/** Jobs that share a header, which is that of the first. */
export interface NewPack {
  /** 21 digits (`id.ts`). */
  readonly name: string;
  /** By index: their ids say so, too. */
  readonly jobs: readonly NewJob[];
  /** Whoever made them waits for them without a key, and takes the results along. */
  readonly isTaken: boolean;
}

export interface AcceptOptions {
  readonly lane: Lane;
  readonly packs: readonly NewPack[];
  readonly quota: Quota;
}

export interface Accepted {
  /** Of each pack, a verdict a job. */
  readonly verdicts: readonly (readonly Verdict[])[];
  /** The lane needs a shift, which the caller adds. */
  readonly arm: boolean;
}

/**
 * Makes packs of one lane and one partition durable in one step.
 *
 * @throws when Redis refused (its reply names why), or when its reply was lost
 */
export async function accept(_redis: Redis, _options: AcceptOptions): Promise<Accepted> {
  throw new Error("not built yet");
}
