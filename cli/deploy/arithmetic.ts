import { CLOSING_MS } from "../../worker/config.ts";

/**
 * The arithmetic of a model's Deployment, explained with an example in docs/scaling.md. Pure.
 */

/** Between two looks of KEDA at the load lists, in seconds. */
export const POLLING_SECONDS = 5;

/** From the end of the grace that the worker gives itself to the kill, in seconds. */
const EXIT_SECONDS = 5;

/** Workers stay this long after the last job at least, in seconds: loading a model anew costs more. */
const COOLDOWN_SECONDS = 300;

/** What `models check` allows a batch, of `run_timeout_ms`: slower than that no model is served. */
const SLOWEST_SHARE = 0.1;

/** MiB of a worker's parent and of a runner without a model; measured: 120 and 86. */
const PARENT_MIB = 256;
const RUNNER_MIB = 256;
/** Session, arenas and tensors of a model, of its file's size. */
const SESSION_SHARE = 4;
/** Kept free, of what is needed. */
const ROOM = 1.3;

/**
 * Jobs that may be outstanding for one replica before another is wanted (KEDA's `listLength`): a
 * replica works through that many in the target wait. Jobs of one row each; one a slot at least.
 *
 * @param rowsPerSecond of one slot, as `models check` measures it
 * @param waitMs from accept to answer, as it should be
 */
export function jobsPerReplica(rowsPerSecond: number, slots: number, waitMs: number): number {
  return Math.max(slots, Math.floor((rowsPerSecond * slots * waitMs) / 1000));
}

/** Rows per second of a slot that the slowest model which `models check` passes has. */
export function slowestRowsPerSecond(maxBatchSize: number, runTimeoutMs: number): number {
  return (maxBatchSize * 1000) / (runTimeoutMs * SLOWEST_SHARE);
}

/**
 * `GRACE_MS` of a worker: a run that has just begun may take all of `run_timeout_ms`, then there has
 * to be time to settle it and to hand back the rest.
 */
export function graceMs(runTimeoutMs: number): number {
  return runTimeoutMs + CLOSING_MS;
}

/** `terminationGracePeriodSeconds` of its pod. */
export function terminationSeconds(runTimeoutMs: number): number {
  return Math.ceil(graceMs(runTimeoutMs) / 1000) + EXIT_SECONDS;
}

/**
 * Seconds without any job before the last replica goes: the longest run and two looks at least. For the
 * first of them KEDA still sees the remembered element, the rest is its `cooldownPeriod`.
 */
export function cooldownSeconds(runTimeoutMs: number): number {
  return Math.max(COOLDOWN_SECONDS, Math.ceil(runTimeoutMs / 1000) + 2 * POLLING_SECONDS);
}

/** Memory of a worker that serves one model, in MiB, in steps of 64. @param fileBytes of the graph */
export function memoryMib(fileBytes: number, slots: number): number {
  const runner = RUNNER_MIB + (SESSION_SHARE * fileBytes) / 2 ** 20;
  return Math.ceil((ROOM * (PARENT_MIB + slots * runner)) / 64) * 64;
}
