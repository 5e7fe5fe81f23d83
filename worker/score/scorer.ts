import type { Clock } from "../../shared/clock.ts";
import { ScoringError } from "../../shared/error.ts";
import { failpoint } from "../../shared/failpoint.ts";
import { failure } from "../../shared/job/outcome.ts";
import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { traceFields } from "../../shared/trace.ts";
import type { BlockRun } from "../runner/messages.ts";
import type { Availability } from "./availability.ts";
import type { Batcher } from "./batcher.ts";
import { byCarrier, type Task } from "./carrier.ts";
import type { JobSpans } from "./job-spans.ts";
import type { WorkerMetrics } from "./metrics.ts";
import { runEnds, type RunTimes } from "./run-ends.ts";
import { LoadFailed, RunnerDied } from "./runner-died.ts";
import type { RunnerProcess } from "./runner-process.ts";
import type { ServedVersions } from "./served-versions.ts";
import type { SessionShares } from "./session-shares.ts";
import { afterDeath, endBeforeRun, parametersOf } from "./task.ts";

export interface ScorerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<WorkerMetrics, "batchRan">;
  readonly spans?: JobSpans | undefined;
  readonly served: Pick<ServedVersions, "current">;
  readonly availability: Availability;
  readonly shares: Pick<SessionShares, "noteRun">;
  /** Bytes of JSON that one task may put out. */
  readonly outputBytesMax: number;
  /** Told that a runner has served. */
  readonly noteSuccess: () => void;
  /** Where what is to be run once more waits. */
  readonly batcher: Pick<Batcher<Task>, "add" | "putBack">;
}

/** A tensor batch that was run. */
type BatchRun = Omit<BlockRun, "runRows">;

/** What a tensor batch runs on. */
interface Slot {
  readonly runner: RunnerProcess;
  readonly startMs: number;
  /** To be called when the runner has answered. */
  readonly free: () => void;
}

/** Has a runner score a tensor batch, and sees to it that each of its tasks ends, or is run again. */
export class Scorer {
  readonly #options: ScorerOptions;

  constructor(options: ScorerOptions) {
    this.#options = options;
  }

  /**
   * Never rejects: what goes wrong ends in the tasks.
   *
   * @param onFree called once, as soon as the runner can do something else: what it has answered may be
   *   looked at while it runs the next batch
   */
  async score(batch: readonly Task[], runner: RunnerProcess, onFree: () => void): Promise<void> {
    let isFree = false;
    const free = (): void => {
      if (!isFree) onFree();
      isFree = true;
    };
    const startMs = this.#options.clock.now();
    try {
      const runnable = await this.#admit(batch);
      if (runnable.length > 0) await this.#run(runnable, { runner, startMs, free });
    } catch (error) {
      this.#options.logger.error({ err: error }, "run failed");
      for (const task of batch) task.carrier.settle(task, failure(error));
    } finally {
      free();
    }
  }

  /** Ends tasks that cannot or must not run, and notes those that may end this worker. */
  async #admit(batch: readonly Task[]): Promise<readonly Task[]> {
    const nowMs = this.#options.clock.now();
    for (const task of batch) {
      if (task.standsSinceMs !== undefined) task.stoodMs += nowMs - task.standsSinceMs;
      task.standsSinceMs = undefined;
      const end = endBeforeRun(task, nowMs);
      if (end !== undefined) task.carrier.settle(task, end);
    }
    const runnable = batch.filter((task) => task.carrier.isOpen(task));
    for (const task of runnable) {
      if (task.company === "exclusive") await task.carrier.noteExclusiveRun(task);
    }
    return runnable;
  }

  async #run(batch: readonly Task[], { runner, startMs, free }: Slot): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const version = this.#options.served.current(first.version);
    const onBegun = (): void => {
      failpoint("run begins");
      const { logger } = this.#options;
      if (!logger.isLevelEnabled("debug")) return;
      const jobs = batch.map((task) => task.work.id);
      const traces = batch.flatMap(({ work }) => (work.trace ? traceFields(work.trace) : []));
      logger.debug({ model: version.id, runner: runner.pid, jobs, traces }, "batch running");
    };
    try {
      const timeoutMs = version.manifest.run_timeout_ms;
      const { block } = first.work;
      if (block !== undefined) {
        const [given = {}] = parametersOf(batch);
        const asked = { version, ...block, parameters: given, timeoutMs, onBegun };
        const ran = await runner.runBlock(asked);
        this.#note(first, version, ran.runs, free);
        block.settle(ran, this.#times(startMs));
      } else {
        const rows = batch.flatMap((task) => task.work.rows);
        const parameters = parametersOf(batch);
        const result = await runner.run({ version, rows, parameters, timeoutMs, onBegun });
        this.#note(first, version, [{ ...result, rows: rows.length }], free);
        const times = this.#times(startMs);
        this.#options.spans?.ran(batch, times, result);
        const ends = runEnds(batch, result, times);
        for (const [task, outcome] of ends) task.carrier.settle(task, outcome);
      }
    } catch (error) {
      this.#options.spans?.failed(batch, this.#times(startMs), error);
      if (error instanceof RunnerDied) await this.#survive(batch, error);
      else if (error instanceof LoadFailed) this.#giveUp(batch, version, error);
      else throw error;
    }
  }

  #note(first: Task, version: ModelVersion, runs: readonly BatchRun[], free: () => void): void {
    const { shares, noteSuccess, availability, metrics } = this.#options;
    for (const { decodeMs, inferenceMs } of runs)
      shares.noteRun(version.id, decodeMs + inferenceMs);
    free();
    failpoint("run ended");
    noteSuccess();
    availability.noteSuccess(version);
    for (const run of runs) metrics.batchRan(first, run.rows, run);
  }

  #times(startMs: number): RunTimes {
    const { clock, outputBytesMax } = this.#options;
    return { startMs, nowMs: clock.now(), outputBytesMax };
  }

  /** The runner is gone, its tasks are not: each that has not ended is run again alone, or ends. */
  async #survive(batch: readonly Task[], died: RunnerDied): Promise<void> {
    // This worker has lived: the note that says a run may be what ends it has had its day.
    for (const task of batch.filter(({ company }) => company === "exclusive")) {
      await task.carrier.forgetExclusiveRun(task);
    }
    if (died.progress === "unsent") {
      this.#options.batcher.putBack(batch);
      return;
    }
    const groups = byCarrier(batch).map(async ([carrier, tasks]) => carrier.stillOpen(tasks));
    const open = new Set((await Promise.all(groups)).flat());
    for (const task of batch.filter((it) => open.has(it))) {
      if (task.work.block !== undefined && died.progress !== "loading") {
        for (const part of task.work.block.split()) this.#options.batcher.add(part);
        continue;
      }
      const error = afterDeath(task, batch.length - 1, died);
      if (error === undefined) {
        task.standsSinceMs = this.#options.clock.now();
        this.#options.batcher.add(task);
        continue;
      }
      if (died.progress === "loading") this.#options.availability.noteFailure(task.version, died);
      task.carrier.settle(task, failure(error));
    }
  }

  #giveUp(batch: readonly Task[], version: ModelVersion, error: LoadFailed): void {
    this.#options.availability.noteFailure(version, error);
    const problem = new ScoringError("model_unavailable", `${version.id} cannot be loaded.`);
    for (const task of batch) task.carrier.settle(task, failure(problem));
  }
}
