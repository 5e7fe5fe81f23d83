import type { Redis } from "ioredis";
import type { Dispatch } from "../job/dispatch.ts";
import { RECORD_VERSION, type NewJob } from "../job/record.ts";
import { asList, asOneOf, Script } from "../redis/script.ts";
import { keys, laneName, type Lane } from "./keys.ts";

/** `queue_full` and `input_lost` stored nothing. */
export type Verdict = (typeof verdicts)[number];

const verdicts = ["accepted", "queue_full", "input_lost"] as const;

/** Payloads above this many bytes get a key of their own, written before accept (claim check). */
export const INLINE_PAYLOAD_BYTES_MAX = 8192;

/** How long a payload of its own may wait for its accept, in seconds; accept lifts the limit. */
export const CLAIM_SECONDS = 600;

const script = new Script(new URL("./accept.lua", import.meta.url));

export interface AcceptOptions {
  readonly lane: Lane;
  readonly jobs: readonly NewJob[];
  /** The dispatches that will carry `jobs`. */
  readonly dispatches: readonly Dispatch[];
  /** Most jobs that may be outstanding in the lane. */
  readonly outstandingMax: number;
  readonly nowMs: number;
}

/**
 * Makes jobs of one lane durable in one step.
 *
 * @returns a verdict per job, in their order
 * @throws when Redis refused (its reply names why), or when its reply was lost
 */
export async function accept(redis: Redis, options: AcceptOptions): Promise<Verdict[]> {
  const { lane, jobs, dispatches, outstandingMax, nowMs } = options;
  const reply = await script.run(
    redis,
    [
      keys.outstanding(lane),
      keys.load(lane),
      keys.undispatched,
      keys.lanes,
      ...jobs.map((job) => keys.job(job.id)),
    ],
    [
      nowMs,
      outstandingMax,
      laneName(lane),
      lane.model,
      lane.class,
      RECORD_VERSION,
      dispatches.length,
      ...dispatches.map((dispatch) => markOf(dispatch)),
      ...jobs.flatMap((job) => jobArgs(job)),
    ],
  );
  return asList(reply).map((verdict) => asOneOf(verdict, verdicts));
}

/** The mark is the dispatch itself, so that the janitor can add it without reading anything. */
export function markOf(dispatch: Dispatch): string {
  return JSON.stringify(dispatch);
}

export function hasOwnInputKey(job: NewJob): boolean {
  return job.payload.length > INLINE_PAYLOAD_BYTES_MAX;
}

function jobArgs(job: NewJob): (string | number | Buffer)[] {
  const own = hasOwnInputKey(job);
  return [
    job.id,
    own ? "1" : "0",
    job.tenant,
    job.rows,
    job.form === "one" ? "1" : "n",
    job.parameters,
    job.createdAtMs,
    job.metadata ?? "",
    job.waiter ?? "",
    own ? "" : job.payload,
  ];
}

/** Packs jobs, in their order, into dispatches of at most `rowsMax` rows. */
export function packDispatches(
  lane: Lane,
  jobs: readonly NewJob[],
  rowsMax: number,
): readonly Dispatch[] {
  const dispatches: Dispatch[] = [];
  let open: Dispatch | undefined;
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
