import { ScoringError } from "../../shared/error.ts";
import { overdueOutcome } from "../../shared/job/deadline.ts";
import { dispatchId } from "../../shared/dispatch/dispatch.ts";
import { overdue, type JobLimits } from "../../shared/job/limits.ts";
import { failure, type JobMetrics, type Outcome } from "../../shared/job/outcome.ts";
import type { DispatchEnd, FetchedDispatch } from "../../shared/dispatch/consumer.ts";
import type { Lane } from "../../shared/lane.ts";
import type { JobForm } from "../../shared/job/record.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Company, Waiting } from "./batcher.ts";
import type { RunnerDied, RunResult } from "./runner-process.ts";

/** What is scored as one: a job, or an item of a batch. */
export interface Work {
  readonly id: string;
  readonly form: JobForm;
  /** One buffer per row, what its pipeline reads. Empty when the payload is lost or unreadable. */
  readonly rows: readonly Buffer[];
  /** JSON text of an object. */
  readonly parameters: string;
  /** When this attempt was queued. */
  readonly queuedAtMs: number;
  /** When it was taken from the queue. */
  readonly startedAtMs: number;
  readonly limits: JobLimits | undefined;
  /** Runs in quarantine that never came back. */
  readonly runsAlone: number;
}

/** A dispatch that has come in, and what is to score it. */
export interface Origin {
  readonly lane: Lane;
  readonly version: ModelVersion;
  readonly dispatch: FetchedDispatch;
}

/**
 * One run of what a dispatch carries: where its tasks come from, and where their ends go. Tasks of
 * several carriers meet in a tensor batch; whoever runs it knows nothing of jobs and their scripts.
 */
export interface Carrier {
  /** What there is to be scored. */
  readonly tasks: readonly Task[];

  /**
   * What is to become of the dispatch, when every task has ended.
   *
   * @throws when an end could not be recorded: the dispatch is left to the janitor
   */
  ended(): Promise<DispatchEnd>;

  /** Ends a task; the first end counts. Never rejects, and waits for no other task. */
  settle(task: Task, outcome: Outcome): Promise<void>;

  /** Says that a run went wrong by a fault of ours: the dispatch is left to the janitor. */
  fail(task: Task, error: unknown): void;

  /** Those of its tasks that it still has; the others have ended elsewhere, and are done with. */
  stillHeld(tasks: readonly Task[]): Promise<readonly Task[]>;

  /** Writes down a run in quarantine before it starts, so that one which ends its worker is known. */
  noteRunAlone(task: Task): Promise<void>;

  /** Takes that note back, since the worker has outlived the run. */
  forgetRunAlone(task: Task): Promise<void>;

  /** Hands back tasks that will not be run here. */
  release(tasks: readonly Task[]): Promise<void>;

  /** Says that a run has gone on for a moment: advice to who looks, nothing depends on its arriving. */
  markSlow(tasks: readonly Task[]): void;
}

/** Work in a worker's hands, from fetch to its end. */
export interface Task extends Waiting {
  readonly work: Work;
  readonly carrier: Carrier;
  readonly version: ModelVersion;
  readonly fetchedAtMs: number;
  company: Company;
  /** Runners that died with this work and no other in hand. */
  crashes: number;
  /** Runners that died after they were sent it and before they began. */
  unbegun: number;
}

/** What a runner's death says something of. */
export type MortalTask = Pick<Task, "version" | "company" | "crashes" | "unbegun">;

/** A job whose worker died this often while running it in quarantine is given up. */
const RUNS_ALONE_MAX = 3;

/** Runners that may die of one job alone. */
const CRASHES_MAX = 2;

/** Runners of which it is believed that they were dying anyway when this work was sent to them. */
const UNBEGUN_MAX = 2;

export interface TaskOrigin extends Origin {
  readonly carrier: Carrier;
  readonly nowMs: number;
}

export function makeTask(work: Work, origin: TaskOrigin): Task {
  const { carrier, lane, version, dispatch, nowMs } = origin;
  const { max_batch_size: rowsMax, max_queue_delay_ms: delayMaxMs } = version.manifest.batching;
  return {
    work,
    carrier,
    version,
    fetchedAtMs: nowMs,
    crashes: 0,
    unbegun: 0,
    model: version.id,
    class: lane.class,
    rows: work.rows.length,
    rowsMax,
    delayMaxMs,
    company: companyAfter(dispatch.stalls),
    group: dispatchId(dispatch),
    sinceMs: nowMs,
  };
}

/** A dispatch whose worker died once keeps to itself; after that, each of its jobs does. */
function companyAfter(stalls: number): Company {
  if (stalls === 0) return "any";
  return stalls === 1 ? "group" : "exclusive";
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
  return new ScoringError("model_crash", "The model ended its process on this input, twice.");
}

/** How a task ends whose turn has come and that cannot or must not be run; undefined: it runs. */
export function endBeforeRun(task: Task, nowMs: number): Outcome | undefined {
  const { limits, queuedAtMs, startedAtMs, runsAlone } = task.work;
  if (limits !== undefined) {
    const passed = overdue({ status: "running", queuedAtMs, startedAtMs, limits }, nowMs);
    if (passed !== undefined) return overdueOutcome(passed, limits);
  }
  if (task.rows === 0) return failure(new ScoringError("internal", "The job's input is lost."));
  if (task.company !== "exclusive" || runsAlone < RUNS_ALONE_MAX) return undefined;
  const message = `This input ended its worker ${RUNS_ALONE_MAX} times while running alone.`;
  return failure(new ScoringError("poisoned", message));
}

/** One object per row of these tasks; rows of one job, and most of a batch's, share theirs. */
export function parametersOf(tasks: readonly Task[]): readonly Record<string, unknown>[] {
  const known = new Map<string, Record<string, unknown>>();
  return tasks.flatMap(({ work }) => {
    const parameters = known.get(work.parameters) ?? parse(work.parameters);
    known.set(work.parameters, parameters);
    return work.rows.map(() => parameters);
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
    queue_ms: Math.max(0, task.fetchedAtMs - queuedAtMs),
    batch_wait_ms: startMs - task.fetchedAtMs,
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
