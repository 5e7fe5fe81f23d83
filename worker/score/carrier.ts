import type { Clock } from "../../shared/clock.ts";
import type { DispatchEnd, FetchedDispatch } from "../../shared/dispatch/consumer.ts";
import type { FetchedJob } from "../../shared/job/fetch.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import type { Settler } from "../../shared/job/settle.ts";
import type { Lane } from "../../shared/lane.ts";
import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { Company, Waiting } from "./batcher.ts";
import type { ItemEnd } from "./chunk-lines.ts";

/** What is scored as one: a job, or an item of a batch. */
export type Work = Omit<FetchedJob, "class" | "attempt">;

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

  /** Writes down an exclusive run before it starts, so that one which ends its worker is known. */
  noteExclusiveRun(task: Task): Promise<void>;

  /** Takes that note back, since the worker has outlived the run. */
  forgetExclusiveRun(task: Task): Promise<void>;

  /** Hands back tasks that will not be run here. */
  release(tasks: readonly Task[]): Promise<void>;

  /**
   * Says that a run has gone on for a moment: advice to whoever looks, nothing depends on its
   * arriving.
   */
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

/** What carriers reach Redis with. */
export interface CarrierTools {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly settler: Settler;
  readonly logger: Logger;
  /** Told of every item of a batch whose end was recorded. */
  readonly onItemEnded: (lane: Lane, end: ItemEnd) => void;
}

/** The tasks of a tensor batch, by what carries them. */
export function byCarrier(tasks: readonly Task[]): readonly (readonly [Carrier, Task[]])[] {
  return [...Map.groupBy(tasks, (task) => task.carrier)];
}
