import { ScoringError } from "../../shared/error.ts";
import { overdue, overdueOutcome } from "../../shared/job/limits.ts";
import { failure, type JobMetrics, type Outcome } from "../../shared/job/outcome.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Company } from "./batcher.ts";
import type { Carrier, Task, Work } from "./carrier.ts";
import type { RunResult } from "./run-request.ts";
import type { RunnerDied } from "./runner-died.ts";

/** What a runner's death says something of. */
export type MortalTask = Pick<Task, "version" | "company" | "crashes" | "unbegun">;

/** A job whose worker died this often while running it exclusively is given up. */
const EXCLUSIVE_RUNS_MAX = 3;

/** Runners that may die of one job alone. */
const CRASHES_MAX = 2;

/** Runners of which it is believed that they were dying anyway when this work was sent to them. */
const UNBEGUN_MAX = 2;

export interface TaskOrigin {
  readonly carrier: Carrier;
  readonly version: ModelVersion;
  /** Workers that died with the pack. */
  readonly deaths: number;
  readonly nowMs: number;
}

export function makeTask(work: Work, { carrier, version, deaths, nowMs }: TaskOrigin): Task {
  const { max_batch_size: rowsMax, max_queue_delay_ms: delayMaxMs } = version.manifest.batching;
  return {
    work,
    carrier,
    version,
    takenAtMs: nowMs,
    crashes: 0,
    unbegun: 0,
    stoodMs: 0,
    standsSinceMs: undefined,
    model: version.id,
    class: carrier.lane.class,
    rows: work.block?.count ?? work.rows.length,
    rowsMax,
    delayMaxMs,
    company: work.block === undefined ? companyAfter(deaths) : "alone",
    group: carrier.name,
    sinceMs: nowMs,
  };
}

/** A pack whose worker died once keeps to itself; after that, each of its jobs does. */
function companyAfter(deaths: number): Company {
  if (deaths === 0) return "any";
  return deaths === 1 ? "group" : "exclusive";
}

/**
 * What becomes of a task whose runner died: an error that ends it, or undefined when it is to be
 * run again. What was not begun costs nothing, until it looks as if receiving it were the reason.
 * Else it runs alone from now on; dying in company costs nobody an attempt.
 */
export function afterDeath(
  task: MortalTask,
  companions: number,
  { progress, reason }: Pick<RunnerDied, "progress" | "reason">,
): ScoringError | undefined {
  if (progress === "unsent") return undefined;
  if (progress === "sent") {
    task.unbegun += 1;
    if (task.unbegun <= UNBEGUN_MAX) return undefined;
  }
  if (companions === 0) task.crashes += 1;
  if (task.company !== "exclusive") task.company = "alone";
  if (task.crashes < CRASHES_MAX) return undefined;
  if (progress === "loading") {
    return new ScoringError("model_unavailable", `${task.version.id} cannot be loaded.`);
  }
  if (reason === "timeout" && progress === "running") {
    const limitMs = task.version.manifest.run_timeout_ms;
    return new ScoringError("attempt_timeout", `The model did not answer within ${limitMs} ms.`);
  }
  return new ScoringError("model_crash", "The model crashed its process on this input, twice.");
}

/**
 * What is left of a task's attempt, in ms. Its time stands still from a runner's death until the task is run
 * again: those that it died of, which nobody knows yet, may hang before.
 */
export function attemptLeftMs(
  { work, stoodMs, standsSinceMs }: Pick<Task, "work" | "stoodMs" | "standsSinceMs">,
  nowMs: number,
): number {
  const { startedAtMs, limits } = work;
  if (limits === undefined) return Infinity;
  return startedAtMs + limits.attemptMs + stoodMs - (standsSinceMs ?? nowMs);
}

/** How a task ends whose turn has come and that cannot or must not be run; undefined: it runs. */
export function endBeforeRun(task: Task, nowMs: number): Outcome | undefined {
  const { limits, queuedAtMs, startedAtMs, exclusiveRuns } = task.work;
  if (limits !== undefined) {
    const course = {
      status: "running",
      queuedAtMs,
      startedAtMs: startedAtMs + task.stoodMs,
    } as const;
    const passed = overdue({ ...course, limits }, nowMs);
    if (passed !== undefined) return overdueOutcome(passed, limits);
  }
  if (task.rows === 0) return failure(new ScoringError("internal", "The job's input is lost."));
  if (task.company !== "exclusive" || exclusiveRuns < EXCLUSIVE_RUNS_MAX) return undefined;
  const message = `This input crashed its worker ${EXCLUSIVE_RUNS_MAX} times while running alone.`;
  return failure(new ScoringError("poisoned", message));
}

/** One object per row of these tasks, and one for a block; rows of one job, and most of a batch's, share theirs. */
export function parametersOf(tasks: readonly Task[]): readonly Record<string, unknown>[] {
  const known = new Map<string, Record<string, unknown>>();
  return tasks.flatMap(({ work }) => {
    const parameters = known.get(work.parameters) ?? parse(work.parameters);
    known.set(work.parameters, parameters);
    return work.block === undefined ? work.rows.map(() => parameters) : [parameters];
  });
}

/** The gateway has validated it. */
function parse(parameters: string): Record<string, unknown> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(parameters) as Record<string, unknown>;
}

/** @param batchRows rows of the largest run it had a row in @param startMs when its run began @param nowMs epoch */
export function metricsOf(
  task: Task,
  result: Pick<RunResult, "decodeMs" | "inferenceMs" | "provider" | "coldStart">,
  batchRows: number,
  [startMs, nowMs]: readonly [startMs: number, nowMs: number],
): JobMetrics {
  const { queuedAtMs } = task.work;
  return {
    queue_ms: Math.max(0, task.takenAtMs - queuedAtMs),
    batch_wait_ms: startMs - task.takenAtMs,
    batch_size: batchRows,
    decode_ms: round(result.decodeMs),
    inference_ms: round(result.inferenceMs),
    total_ms: Math.max(0, nowMs - queuedAtMs),
    provider: result.provider,
    cold_start: result.coldStart,
  };
}

/** Hundredths of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
