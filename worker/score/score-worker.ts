import type { Clock } from "../../shared/clock.ts";
import { ScoringError } from "../../shared/error.ts";
import { Every, type Service } from "../../shared/service.ts";
import { failpoint } from "../../shared/failpoint.ts";
import { failure } from "../../shared/job/outcome.ts";
import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { DispatchEnd } from "../../shared/dispatch/consumer.ts";
import { Settler } from "../../shared/job/settle.ts";
import type { VersionState } from "../../shared/lane/workers.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { settled } from "../../shared/wait.ts";
import type { WorkerLoad, WorkerMetrics } from "./metrics.ts";
import { Availability } from "./availability.ts";
import { Batcher } from "./batcher.ts";
import { byCarrier, type Carrier, type CarrierTools, type Origin, type Task } from "./carrier.ts";
import { ChunkCarrier } from "./chunk-carrier.ts";
import { JobCarrier } from "./job-carrier.ts";
import { bounded, jobOutcome } from "./job-outcome.ts";
import { Lanes } from "./lanes.ts";
import { LoadFailed, RunnerDied, type RunnerProcess, type RunResult } from "./runner-process.ts";
import { ServedVersions } from "./served-versions.ts";
import { Slots, type Capacity } from "./slots.ts";
import { afterDeath, endBeforeRun, metricsOf, parametersOf } from "./task.ts";

export interface ScoreWorkerOptions {
  readonly versions: readonly ModelVersion[];
  /** A connection for loops. */
  readonly redis: Redis;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  readonly capacity: Capacity;
  /** Bytes of JSON that one job, or one item of a batch, may put out. */
  readonly outputBytesMax: number;
  /** Milliseconds a dispatch stays ours without a sign of life. */
  readonly lockMs: number;
  /** How long a stop may go on scoring what is in hand before it hands the rest back, in ms. */
  readonly drainMs: number;
}

/** How often a model that could not be loaded is tried again, in ms. */
const RELOAD_MS = 5000;

/** A run that goes on for this long is shown as running, in ms; a shorter one is over before it is seen. */
const SLOW_RUN_MS = 20;

/** What was handed back is named in the log up to so many tasks. */
const TASKS_NAMED_MAX = 20;

/**
 * The life of a task:
 * 1. fetched: a lane's consumer brings a dispatch, and its carrier makes tasks of what that carries;
 * 2. waiting: in the batcher, until a slot is free;
 * 3. admitted: with its tensor batch, or ended when it is overdue, lost or poisoned;
 * 4. run: once for the whole batch, by the slot's runner;
 * 5. run again, in narrower company, when that runner dies; given up when it is to blame;
 * 6. settled by its carrier with its outcome, or handed back to the queue on shutdown;
 * 7. done with: when the last task of its carrier has ended, the dispatch ends.
 */
export class ScoreWorker implements Service {
  readonly name = "score worker";
  readonly #options: ScoreWorkerOptions;
  readonly #batcher = new Batcher<Task>();
  readonly #slots: Slots;
  readonly #tools: CarrierTools;
  readonly #availability: Availability;
  readonly #lanes: Lanes;
  readonly #served: ServedVersions;
  /** Ids of tasks. */
  readonly #handedBack: string[] = [];
  #isStopping = false;
  #wake: NodeJS.Timeout | undefined;
  readonly #reloads = new Every(RELOAD_MS, () => void this.#availability.retry(this.#slots));
  readonly start = async (): Promise<void> => this.#reloads.start(async () => this.#served.start());

  constructor(options: ScoreWorkerOptions) {
    this.#options = options;
    const { versions, redis, clock, logger, metrics, lockMs, capacity } = options;
    this.#availability = new Availability(logger);
    this.#slots = new Slots({
      ...capacity,
      // One that ends its runner would end the next as well, before the others are loaded.
      preload: () => this.#served.preload.filter((it) => !this.#availability.isFailing(it)),
      onFree: () => this.#pump(),
      onLoadFailed: (version, error) => this.#availability.noteFailure(version, error),
      logger,
      recorder: metrics,
    });
    const settler = new Settler(redis, metrics.jobSettled);
    this.#tools = { redis, clock, logger, settler, onItemEnded: metrics.itemEnded };
    const handle = async (origin: Origin): Promise<DispatchEnd> => this.#handle(origin);
    this.#lanes = new Lanes({ redis, logger, lockMs, slots: capacity.count, handle });
    this.#served = new ServedVersions({
      versions,
      slots: this.#slots,
      availability: this.#availability,
      lanes: this.#lanes,
      logger,
    });
  }

  /** Serves these versions from now on, without disturbing the others. Never rejects. */
  async follow(versions: readonly ModelVersion[]): Promise<void> {
    await this.#served.follow(versions);
  }

  /** Stops fetching, scores what is in hand as long as there is time, hands back the rest. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#isStopping = true;
    await this.#reloads.stop();
    this.#served.stop();
    await this.#lanes.stopFetching();
    const drained = this.#lanes.drained();
    await settled(drained, this.#options.drainMs, deadline);
    await this.#handBack(this.#batcher.drain());
    this.#slots.stop();
    await settled(drained, 1000, deadline);
    await this.#lanes.stop(deadline);
    const [tasks, ids] = [this.#handedBack.length, this.#handedBack.slice(0, TASKS_NAMED_MAX)];
    if (tasks > 0) this.#options.logger.info({ tasks, ids }, "handed back for other workers");
  }

  /** By model version: what the heartbeat tells. */
  states(): Record<string, VersionState> {
    return this.#availability.states();
  }

  /** What it is doing now, for its metrics. */
  load(): WorkerLoad {
    const [busy, free] = [this.#batcher.running, this.#slots.freeCount];
    return {
      slots: { busy, free, starting: Math.max(0, this.#slots.count - busy - free) },
      sessions: this.#slots.sessions,
      dispatchesInHand: this.#lanes.inHand,
    };
  }

  async #handle(origin: Origin): Promise<DispatchEnd> {
    if (this.#isStopping) return "handed back";
    const carrier = await carrierOf(this.#tools, origin);
    if (carrier === undefined) return "done";
    for (const task of carrier.tasks) this.#batcher.add(task);
    this.#pump();
    return carrier.ended();
  }

  /** Gives every free slot a batch, as long as there are both. */
  #pump(): void {
    clearTimeout(this.#wake);
    while (this.#slots.hasFree) {
      const nowMs = this.#options.clock.now();
      const batch = this.#batcher.take(nowMs);
      if (batch === undefined) {
        const wakeAtMs = this.#batcher.wakeAtMs();
        if (wakeAtMs !== undefined && wakeAtMs > nowMs) {
          this.#wake = setTimeout(() => this.#pump(), wakeAtMs - nowMs);
        }
        return;
      }
      void this.#run(batch, this.#slots.borrow());
    }
  }

  /** Never rejects: what goes wrong ends in the tasks. */
  async #run(batch: readonly Task[], runner: RunnerProcess): Promise<void> {
    const startMs = this.#options.clock.now();
    try {
      const runnable = await this.#admit(batch);
      if (runnable.length > 0) await this.#score(runnable, runner, startMs);
    } catch (error) {
      for (const task of batch) task.carrier.fail(task, error);
    } finally {
      this.#batcher.release(batch, this.#options.clock.now() - startMs);
      this.#slots.giveBack(runner);
      // Not only a runner that came back: one that replaced it may be free since before the release.
      this.#pump();
    }
  }

  /** Ends tasks that cannot or must not run, and notes those that may end this worker. */
  async #admit(batch: readonly Task[]): Promise<readonly Task[]> {
    const nowMs = this.#options.clock.now();
    const ends = batch.map((task) => endBeforeRun(task, nowMs));
    await Promise.all(
      batch.map(async (task, i) => ends[i] === undefined || task.carrier.settle(task, ends[i])),
    );
    const runnable = batch.filter((_, i) => ends[i] === undefined);
    for (const task of runnable) {
      if (task.company === "exclusive") await task.carrier.noteExclusiveRun(task);
    }
    return runnable;
  }

  async #score(batch: readonly Task[], runner: RunnerProcess, startMs: number): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const version = this.#served.current(first.version);
    const rows = batch.flatMap((task) => task.work.rows);
    const parameters = parametersOf(batch);
    const jobs = batch.map((task) => task.work.id);
    const facts = { model: version.id, runner: runner.pid, jobs };
    const onBegun = (): void => {
      failpoint("run begins");
      this.#options.logger.debug(facts, "batch running");
    };
    const slow = setTimeout(() => {
      for (const [carrier, tasks] of byCarrier(batch)) carrier.markSlow(tasks);
    }, SLOW_RUN_MS);
    try {
      const timeoutMs = version.manifest.run_timeout_ms;
      const result = await runner.run({ version, rows, parameters, timeoutMs, onBegun });
      failpoint("run ended");
      this.#slots.noteSuccess();
      this.#availability.noteSuccess(version);
      this.#options.metrics.batchRan(first, rows.length, result);
      await this.#settle(batch, result, startMs);
    } catch (error) {
      if (error instanceof RunnerDied) await this.#survive(batch, error);
      else if (error instanceof LoadFailed) await this.#giveUp(batch, version, error);
      else throw error;
    } finally {
      clearTimeout(slow);
    }
  }

  async #settle(batch: readonly Task[], result: RunResult, startMs: number): Promise<void> {
    const times = [startMs, this.#options.clock.now()] as const;
    let row = 0;
    const ends = batch.map(async (task) => {
      const failures = result.failures.slice(row, row + task.rows);
      const outputs = result.outputs.slice(row, row + task.rows);
      const batchRows = Math.max(...result.runRows.slice(row, row + task.rows));
      row += task.rows;
      const metrics = metricsOf(task, result, batchRows, times);
      const outcome = jobOutcome(task.work, failures, outputs, metrics);
      await task.carrier.settle(task, bounded(outcome, this.#options.outputBytesMax));
    });
    await Promise.all(ends);
  }

  /** The runner is gone, its tasks are not: each that has not ended is run again alone, or ends. */
  async #survive(batch: readonly Task[], died: RunnerDied): Promise<void> {
    if (this.#isStopping) {
      await this.#handBack(batch);
      return;
    }
    // This worker has lived: the note that says a run may be what ends it has had its day.
    for (const task of batch.filter(({ company }) => company === "exclusive")) {
      await task.carrier.forgetExclusiveRun(task);
    }
    if (died.progress === "unsent") {
      this.#batcher.putBack(batch);
      return;
    }
    const groups = byCarrier(batch).map(async ([carrier, tasks]) => carrier.stillHeld(tasks));
    const held = new Set((await Promise.all(groups)).flat());
    for (const task of batch.filter((it) => held.has(it))) {
      const error = afterDeath(task, batch.length - 1, died);
      if (error === undefined) {
        this.#batcher.add(task);
        continue;
      }
      if (died.progress === "loading") this.#availability.noteFailure(task.version, died);
      await task.carrier.settle(task, failure(error));
    }
  }

  async #handBack(tasks: readonly Task[]): Promise<void> {
    for (const [carrier, own] of byCarrier(tasks)) await carrier.release(own);
    this.#handedBack.push(...tasks.map(({ work }) => work.id));
  }

  async #giveUp(batch: readonly Task[], version: ModelVersion, error: LoadFailed): Promise<void> {
    this.#availability.noteFailure(version, error);
    const problem = new ScoringError("model_unavailable", `${version.id} cannot be loaded.`);
    await Promise.all(batch.map(async (task) => task.carrier.settle(task, failure(problem))));
  }
}

/**
 * Takes what a dispatch carries, for one run.
 *
 * @returns undefined when there is nothing left to do
 * @throws {UnknownRecordError} when a newer gateway wrote it
 */
async function carrierOf(tools: CarrierTools, origin: Origin): Promise<Carrier | undefined> {
  const { dispatch } = origin;
  return "jobs" in dispatch
    ? JobCarrier.fetch(tools, origin, dispatch)
    : ChunkCarrier.fetch(tools, origin, dispatch);
}
