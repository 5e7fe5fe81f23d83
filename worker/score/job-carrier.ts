import { randomUUID } from "node:crypto";
import { ScoringError } from "../../shared/error.ts";
import { failpoint } from "../../shared/failpoint.ts";
import { overdueOutcome } from "../../shared/job/limits.ts";
import type { JobDispatch } from "../../shared/dispatch/dispatch.ts";
import { failure, type Outcome } from "../../shared/job/outcome.ts";
import type { DispatchEnd } from "../../shared/dispatch/consumer.ts";
import {
  fetchJobs,
  markInRun,
  noteExclusiveRun,
  releaseJobs,
  stillHeld,
  type Fetched,
  type FetchedJob,
  type Run,
} from "../../shared/job/fetch.ts";
import type { Lane } from "../../shared/lane.ts";
import type { Carrier, CarrierTools, Origin, Task } from "./carrier.ts";
import { makeTask } from "./task.ts";

/** The longest that a timer of Node's waits for; a longer one comes at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

interface HeldJob {
  readonly job: FetchedJob;
  readonly end: PromiseWithResolvers<DispatchEnd>;
}

/** Jobs of one dispatch: each is settled by itself, as soon as it ends. */
export class JobCarrier implements Carrier {
  readonly tasks: readonly Task[];
  readonly #tools: CarrierTools;
  readonly #lane: Lane;
  /** The jobs were fetched under it. */
  readonly #token: string;
  readonly #held: ReadonlyMap<Task, HeldJob>;

  private constructor(
    tools: CarrierTools,
    origin: Origin,
    token: string,
    jobs: readonly FetchedJob[],
  ) {
    this.#tools = tools;
    this.#lane = origin.lane;
    this.#token = token;
    const nowMs = tools.clock.now();
    this.#held = new Map(
      jobs.map((job) => [
        makeTask(job, { ...origin, carrier: this, nowMs }),
        { job, end: Promise.withResolvers<DispatchEnd>() },
      ]),
    );
    this.tasks = [...this.#held.keys()];
    for (const [task, held] of this.#held) this.#keepTime(task, held);
  }

  /** Takes the jobs of a dispatch, and ends those that lost their workers too often. */
  static async fetch(
    tools: CarrierTools,
    origin: Origin,
    dispatch: JobDispatch,
  ): Promise<JobCarrier> {
    const { lane } = origin;
    const token = randomUUID();
    const run = { lane, ids: dispatch.jobs, token, firstAttempt: dispatch.attempt ?? 1 };
    const { jobs, exhausted } = await fetchJobs(tools.redis, run);
    failpoint("fetched");
    await endExhausted(tools, exhausted, lane);
    return new JobCarrier(tools, origin, token, jobs);
  }

  async ended(): Promise<DispatchEnd> {
    const ends = await Promise.all([...this.#held.values()].map(async ({ end }) => end.promise));
    return ends.includes("handed back") ? "handed back" : "done";
  }

  async settle(task: Task, outcome: Outcome): Promise<void> {
    const { job, end } = this.#of(task);
    try {
      const settlement = { id: job.id, lane: this.#lane, attempt: job.attempt, outcome };
      // Where this process stood still, the janitor has queued the job again: nobody's time runs.
      const isTimeout = outcome.code === "attempt_timeout";
      const verdict = await this.#tools.settler.settle(
        isTimeout ? { ...settlement, from: "running" } : settlement,
      );
      if (verdict !== "settled") this.#tools.logger.info({ jobId: job.id, verdict }, "discarded");
      end.resolve("done");
    } catch (error) {
      end.reject(error);
    }
  }

  fail(task: Task, error: unknown): void {
    this.#of(task).end.reject(error);
  }

  async stillHeld(tasks: readonly Task[]): Promise<readonly Task[]> {
    const ids = new Set(await stillHeld(this.#tools.redis, this.#run(tasks)));
    for (const task of tasks) if (!ids.has(task.work.id)) this.#of(task).end.resolve("done");
    return tasks.filter((task) => ids.has(task.work.id));
  }

  async noteExclusiveRun({ work }: Task): Promise<void> {
    await this.#noteExclusiveRuns(work.id, work.exclusiveRuns + 1);
  }

  async forgetExclusiveRun({ work }: Task): Promise<void> {
    await this.#noteExclusiveRuns(work.id, work.exclusiveRuns);
  }

  async release(tasks: readonly Task[]): Promise<void> {
    const { redis } = this.#tools;
    // An exclusive run that we ended ourselves says nothing against its job.
    for (const task of tasks) {
      if (task.company === "exclusive") await this.forgetExclusiveRun(task);
    }
    await releaseJobs(redis, this.#run(tasks));
    for (const task of tasks) this.#of(task).end.resolve("handed back");
  }

  markSlow(tasks: readonly Task[]): void {
    markInRun(this.#tools.redis, this.#run(tasks)).catch((error: unknown) => {
      this.#tools.logger.debug({ err: error }, "run not marked");
    });
  }

  /** An attempt's time runs here, and so only while its worker lives. */
  #keepTime(task: Task, { job: { limits, startedAtMs }, end }: HeldJob): void {
    if (limits === undefined) return;
    const leftMs = (): number => startedAtMs + limits.attemptMs - this.#tools.clock.now();
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      timer = setTimeout(look, Math.min(Math.max(0, leftMs()), TIMER_MS_MAX));
    };
    const look = (): void => {
      if (leftMs() > 0) wait();
      else void this.settle(task, overdueOutcome("attempt", limits));
    };
    wait();
    const stop = (): void => clearTimeout(timer);
    end.promise.then(stop, stop);
  }

  async #noteExclusiveRuns(id: string, runs: number): Promise<void> {
    await noteExclusiveRun(this.#tools.redis, { id, token: this.#token }, runs);
  }

  #run(tasks: readonly Task[]): Run {
    return { lane: this.#lane, ids: tasks.map(({ work }) => work.id), token: this.#token };
  }

  #of(task: Task): HeldJob {
    const held = this.#held.get(task);
    if (held === undefined) throw new Error("a task of another carrier");
    return held;
  }
}

async function endExhausted(
  { settler }: CarrierTools,
  jobs: Fetched["exhausted"],
  lane: Lane,
): Promise<void> {
  const message = "The job's workers were lost, and its retries are used up.";
  const outcome = failure(new ScoringError("worker_lost", message));
  await Promise.all(jobs.map(async (job) => settler.settle({ ...job, lane, outcome })));
}
