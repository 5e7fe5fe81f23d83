import type { Redis } from "ioredis";
import { markOf, type Dispatch, type JobDispatch } from "../dispatch/dispatch.ts";
import { packLimits } from "./limits.ts";
import { RECORD_VERSION, type NewJob } from "./record.ts";
import { asList, asNumber, asOneOf, asText, Script, type Reply } from "../redis/script.ts";
import { packSubscription } from "../webhook/subscription.ts";
import { laneName, type Lane } from "../lane.ts";
import { keysFor } from "../redis/keys.ts";
import { recentFunctions } from "../redis/recent.ts";

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

/** Payloads above this many bytes get a key of their own, written before accept (claim check). */
export const INLINE_PAYLOAD_BYTES_MAX = 8192;

/** How long a payload of its own may wait for its accept, in seconds; accept lifts the limit. */
export const CLAIM_SECONDS = 600;

const script = new Script([recentFunctions, { url: new URL("./accept.lua", import.meta.url) }]);

export interface AcceptOptions {
  readonly lane: Lane;
  readonly jobs: readonly NewJob[];
  /** The dispatches that will carry `jobs`. */
  readonly dispatches: readonly Dispatch[];
  readonly quota: Quota;
}

/**
 * Makes jobs of one lane and one partition durable in one step.
 *
 * @returns a verdict per job, in their order
 * @throws when Redis refused (its reply names why), or when its reply was lost
 */
export async function accept(redis: Redis, options: AcceptOptions): Promise<Verdict[]> {
  const { lane, jobs, dispatches, quota } = options;
  const [first] = jobs;
  if (first === undefined) return [];
  const keys = keysFor(first.id);
  const reply = await script.run(
    redis,
    [
      keys.outstanding(lane),
      keys.load(lane),
      keys.undispatched,
      keys.lanes,
      keys.flow(lane),
      keys.due,
      keys.tenants,
      keys.recent(lane.model),
      ...jobs.map((job) => keys.job(job.id)),
    ],
    [
      ...quotaArgs(quota),
      laneName(lane),
      lane.model,
      lane.class,
      RECORD_VERSION,
      keys.tenant(""),
      keys.jobs(""),
      keys.idempotency(""),
      IDEMPOTENCY_SECONDS,
      dispatches.length,
      ...dispatches.map((dispatch) => markOf(dispatch)),
      ...jobs.flatMap((job) => jobArgs(job)),
    ],
  );
  return asList(reply).map((verdict) => verdictOf(verdict));
}

/** In the order in which `accept.lua` and `retry.lua` read them. */
export function quotaArgs(quota: Quota): readonly number[] {
  return [quota.laneJobs, quota.laneBytes, quota.tenantJobs, quota.tenantBytes];
}

function verdictOf(reply: Reply): Verdict {
  const [word, detail, created] = asList(reply);
  const kind = asOneOf(word, kinds);
  if (kind === "accepted") {
    return { kind, ahead: asNumber(detail) ?? 0, createdAtMs: asNumber(created) ?? 0 };
  }
  if (kind === "replayed") return { kind, id: asText(detail) ?? "" };
  return { kind };
}

export function hasOwnInputKey(job: NewJob): boolean {
  return job.payload.length > INLINE_PAYLOAD_BYTES_MAX;
}

function jobArgs(job: NewJob): (string | number | Buffer)[] {
  const { limits, idempotency } = job;
  return [
    job.id,
    job.payload.length,
    job.tenant,
    job.rows,
    job.form === "one" ? "1" : "n",
    job.parameters,
    packLimits(limits),
    idempotency?.scope ?? "",
    idempotency?.fingerprint ?? "",
    job.metadata ?? "",
    job.waiter ?? "",
    hasOwnInputKey(job) ? "" : job.payload,
    job.webhook === undefined ? "" : packSubscription(job.webhook),
  ];
}

/** Packs jobs, in their order, into dispatches of at most `rowsMax` rows. */
export function packDispatches(
  lane: Lane,
  jobs: readonly NewJob[],
  rowsMax: number,
): readonly JobDispatch[] {
  const dispatches: JobDispatch[] = [];
  let open: JobDispatch | undefined;
  for (const job of jobs) {
    if (open === undefined || open.rows + job.rows > rowsMax) {
      open = { v: 1, lane: laneName(lane), jobs: [], rows: 0 };
      dispatches.push(open);
    }
    open.jobs.push(job.id);
    open.rows += job.rows;
  }
  return dispatches;
}
