import type { Redis } from "ioredis";
import { unpackRows } from "../job/payload.ts";
import { RECORD_VERSION, type JobForm } from "../job/record.ts";
import { asList, asNumber, asOneOf, asText, Script, type Reply } from "../redis/script.ts";
import { jobClasses, keys, type JobClass } from "./keys.ts";

const fetchScript = new Script(new URL("./fetch.lua", import.meta.url));
const releaseScript = new Script(new URL("./release.lua", import.meta.url));

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
  readonly createdAtMs: number;
  /** Runs in quarantine that never came back. */
  readonly runsAlone: number;
}

/**
 * Takes the jobs of a dispatch for one run, with their inputs, in one step.
 *
 * @param runToken unique to this run; a job whose earlier run never settled counts as attempt + 1
 * @returns the jobs that are there to be run; ended and missing ones are left out
 * @throws {UnknownRecordError} when a newer gateway wrote them
 */
export async function fetchJobs(
  redis: Redis,
  ids: readonly string[],
  runToken: string,
  nowMs: number,
): Promise<FetchedJob[]> {
  const reply = await fetchScript.run(
    redis,
    ids.map((id) => keys.job(id)),
    [nowMs, runToken, RECORD_VERSION],
  );
  const found = asList(reply);
  if (found.includes(1)) throw new UnknownRecordError("a job has a record of another version");
  return ids.flatMap((id, i) => {
    const fields = found[i];
    return Array.isArray(fields) ? [jobOf(id, fields as readonly Reply[])] : [];
  });
}

export class UnknownRecordError extends Error {}

/** Hands jobs back that were fetched under this token and not run. */
export async function releaseJobs(
  redis: Redis,
  ids: readonly string[],
  runToken: string,
): Promise<void> {
  if (ids.length === 0) return;
  await releaseScript.run(
    redis,
    ids.map((id) => keys.job(id)),
    [runToken],
  );
}

/** Writes down a run in quarantine before it starts, so that one which ends its worker is known. */
export async function markRunAlone(redis: Redis, id: string, runs: number): Promise<void> {
  await redis.hset(keys.job(id), "q", runs);
}

function jobOf(id: string, fields: readonly Reply[]): FetchedJob {
  return {
    id,
    class: asOneOf(fields[5], jobClasses),
    attempt: asNumber(fields[0]) ?? 1,
    form: asText(fields[1]) === "n" ? "many" : "one",
    rows: rowsOf(fields[7]),
    parameters: asText(fields[3]) ?? "{}",
    createdAtMs: asNumber(fields[4]) ?? 0,
    runsAlone: asNumber(fields[6]) ?? 0,
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
