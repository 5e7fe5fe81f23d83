import type { Redis } from "ioredis";
import { unpackLimits, type JobLimits } from "./limits.ts";
import { unpackRows } from "./payload.ts";
import { RECORD_VERSION, type JobForm } from "./record.ts";
import { asList, asNumber, asOneOf, asText, Script, type Reply } from "../redis/script.ts";
import { jobClasses, type JobClass, type Lane } from "../lane.ts";
import { flowFunctions } from "../lane/flow.ts";
import { keysFor } from "../redis/keys.ts";
import { deliver } from "../webhook/deliver.ts";

const at = (file: string) => ({ url: new URL(file, import.meta.url) });
const fetchScript = new Script([deliver, flowFunctions, at("./fetch.lua")]);
const beginScript = new Script([at("./begin.lua")]);
const aloneScript = new Script([at("./alone.lua")]);
const releaseScript = new Script([flowFunctions, at("./release.lua")]);

/** A job as a worker holds it. */
export interface FetchedJob {
  readonly id: string;
  readonly class: JobClass;
  /** 1 and up; settles only as long as the record says the same. */
  readonly attempt: number;
  readonly form: JobForm;
  /** One buffer per row, what its pipeline reads. Empty when the payload is lost or unreadable. */
  readonly rows: readonly Buffer[];
  /** JSON text of an object. */
  readonly parameters: string;
  /** When this attempt was queued. */
  readonly queuedAtMs: number;
  /** When it was taken from the queue: now, or earlier when this very fetch was sent twice. */
  readonly startedAtMs: number;
  readonly limits: JobLimits | undefined;
  /** Exclusive runs that never came back. */
  readonly exclusiveRuns: number;
}

/** Jobs of one lane and one partition, and the run they are fetched for. */
export interface Run {
  readonly lane: Lane;
  readonly ids: readonly string[];
  /** Unique to this run; a job whose earlier run never settled counts as attempt + 1. */
  readonly token: string;
}

/** A run of what one dispatch carries. */
export interface DispatchedRun extends Run {
  /** The attempt that the dispatch was made for; jobs that were retried since are left to theirs. */
  readonly firstAttempt: number;
}

export interface Fetched {
  /** There to be run; ended, missing and overdue ones are left out. */
  readonly jobs: readonly FetchedJob[];
  /** Lost their workers as often as they may: to be settled. */
  readonly exhausted: readonly { readonly id: string; readonly attempt: number }[];
}

/**
 * Takes the jobs of a dispatch for one run, with their inputs, in one step.
 *
 * @throws {UnknownRecordError} when a newer gateway wrote them
 */
export async function fetchJobs(redis: Redis, run: DispatchedRun): Promise<Fetched> {
  const { lane, ids, token, firstAttempt } = run;
  const keys = keysFor(ids[0] ?? "");
  const reply = await fetchScript.run(
    redis,
    [keys.flow(lane), keys.due, ...ids.map((id) => keys.job(id))],
    [token, RECORD_VERSION, keys.settled(""), firstAttempt, ...ids],
  );
  const found = asList(reply);
  if (found.includes(1)) throw new UnknownRecordError("a job has a record of another version");
  const jobs: FetchedJob[] = [];
  const exhausted: { id: string; attempt: number }[] = [];
  for (const [i, id] of ids.entries()) {
    const fields = found[i];
    if (!Array.isArray(fields)) continue;
    if (fields.length === 2) exhausted.push({ id, attempt: asNumber(fields[1]) ?? 1 });
    else jobs.push(jobOf(id, fields as readonly Reply[]));
  }
  return { jobs, exhausted };
}

export class UnknownRecordError extends Error {}

/** Hands jobs back that were fetched under this token and not run. */
export async function releaseJobs(redis: Redis, { lane, ids, token }: Run): Promise<void> {
  const [first] = ids;
  if (first === undefined) return;
  const keys = keysFor(first);
  await releaseScript.run(
    redis,
    [keys.flow(lane), keys.due, ...ids.map((id) => keys.job(id))],
    [token, ...ids],
  );
}

/** Those of a run's jobs that it still has: neither ended nor taken by another run. */
export async function stillHeld(redis: Redis, { ids, token }: Run): Promise<readonly string[]> {
  const tokens = await Promise.all(ids.map(async (id) => redis.hget(keysFor(id).job(id), "r")));
  return ids.filter((_, i) => tokens[i] === token);
}

/** Marks jobs whose run has gone on for a moment: until then they count as waiting in their worker. */
export async function markInRun(redis: Redis, { ids, token }: Run): Promise<void> {
  const keys = keysFor(ids[0] ?? "");
  await beginScript.run(
    redis,
    ids.map((id) => keys.job(id)),
    [token, keys.settled(""), ...ids],
  );
}

/**
 * Writes down an exclusive run before it starts, so that one which ends its worker is known. Left
 * alone is a job that another run has by now, or that has ended: its record may be gone.
 */
export async function noteExclusiveRun(
  redis: Redis,
  { id, token }: { readonly id: string; readonly token: string },
  runs: number,
): Promise<void> {
  await aloneScript.run(redis, [keysFor(id).job(id)], [token, runs]);
}

function jobOf(id: string, fields: readonly Reply[]): FetchedJob {
  const limits = asText(fields[8]);
  return {
    id,
    class: asOneOf(fields[5], jobClasses),
    attempt: asNumber(fields[0]) ?? 1,
    form: asText(fields[1]) === "n" ? "many" : "one",
    rows: rowsOf(fields[7]),
    parameters: asText(fields[3]) ?? "{}",
    queuedAtMs: asNumber(fields[4]) ?? 0,
    exclusiveRuns: asNumber(fields[6]) ?? 0,
    limits: limits === undefined || limits === "" ? undefined : unpackLimits(limits),
    startedAtMs: asNumber(fields[9]) ?? 0,
  };
}

/** A payload that cannot be read fails its own job, not the others of its dispatch. */
function rowsOf(payload: Reply | undefined): readonly Buffer[] {
  if (!Buffer.isBuffer(payload) || payload.length === 0) return [];
  try {
    return unpackRows(payload);
  } catch {
    return [];
  }
}
