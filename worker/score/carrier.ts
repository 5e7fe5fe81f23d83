import type { Clock } from "../../shared/clock.ts";
import type { JobForm, Via } from "../../shared/job/view.ts";
import type { JobLimits } from "../../shared/job/limits.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Lane } from "../../shared/lane.ts";
import type { Logger } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { Company, Waiting } from "./batcher.ts";
import type { ItemEnd } from "./chunk-lines.ts";
import type { Desk, Hold } from "./desk.ts";
import type { JobSpans } from "./job-spans.ts";
import type { RunTimes } from "./run-ends.ts";
import type { BlockResult } from "./run-request.ts";

/** What is scored as one: a job, or an item of a batch. */
export interface Work {
  /** For logs. */
  readonly id: string;
  readonly form: JobForm;
  /** One buffer per row, what its pipeline reads. Empty when the payload is lost or unreadable. */
  readonly rows: readonly Buffer[];
  /** JSON text of an object. */
  readonly parameters: string;
  /** When this attempt was queued. */
  readonly queuedAtMs: number;
  readonly startedAtMs: number;
  readonly limits: JobLimits | undefined;
  /** Exclusive runs that never came back, where its carrier counts them. */
  readonly exclusiveRuns: number;
  /** What its job is found again by; see `shared/trace.ts`. */
  readonly trace?: string | undefined;
  /** In place of `rows`: items that a runner gets at once. */
  readonly block?: Block;
}

/**
 * Items of a chunk whose rows stand side by side, as long as nothing has gone wrong: what costs something
 * for each task, and for each tensor batch, costs it once for hundreds of rows.
 */
export interface Block {
  readonly bytes: Buffer;
  readonly count: number;
  /** Ends its items. */
  settle(ran: BlockResult, times: RunTimes): void;
  /** In parts, each a task of its own: what is run when a runner died with it. */
  split(): readonly Task[];
}

/**
 * A pack in a worker's hands: where its tasks come from, and where their ends go. Tasks of several
 * carriers meet in a tensor batch; whoever runs it knows nothing of packs and chunks.
 */
export interface Carrier extends Hold {
  /** What there is to be scored; a promise where its input is to be read first. Called once. */
  prepare(): readonly Task[] | Promise<readonly Task[]>;

  /** Whether a task is to be run: it has not ended, and the pack is still ours. */
  isOpen(task: Task): boolean;

  /** Ends a task; the first end counts. */
  settle(task: Task, outcome: Outcome): void;

  /** Those of its tasks that are open in Redis too: a job may have been canceled. */
  stillOpen(tasks: readonly Task[]): Promise<readonly Task[]>;

  /** Writes down an exclusive run before it starts, so that one which ends its worker is known. */
  noteExclusiveRun(task: Task): Promise<void>;

  /** Takes that note back, since the worker has outlived the run. */
  forgetExclusiveRun(task: Task): Promise<void>;
}

/** Work in a worker's hands, from the take to its end. */
export interface Task extends Waiting {
  readonly work: Work;
  readonly carrier: Carrier;
  readonly version: ModelVersion;
  readonly takenAtMs: number;
  company: Company;
  /** Runners that died with this work and no other in hand. */
  crashes: number;
  /** Runners that died after they were sent it and before they began. */
  unbegun: number;
  /** How long it has waited to be run again after a runner died: no time of its attempt's, in ms. */
  stoodMs: number;
  /** When it began to wait so. */
  standsSinceMs: number | undefined;
}

/** What carriers work with. */
export interface CarrierTools {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly desk: Pick<Desk, "note" | "run">;
  readonly spans?: JobSpans | undefined;
  /** Told of every job whose end was recorded. */
  readonly onJobEnded: (lane: Lane, outcome: Outcome, via: Via | undefined) => void;
  /** Told of items of a batch whose end was recorded: how many ended in this way. */
  readonly onItemsEnded: (lane: Lane, end: ItemEnd, count: number) => void;
  /** Rows of a version that a runner may get at once; undefined for rows that cannot stand side by side. */
  readonly blockRows: (version: ModelVersion, rowBytes: number) => number | undefined;
}

/** The tasks of a tensor batch, by what carries them. */
export function byCarrier(tasks: readonly Task[]): readonly (readonly [Carrier, Task[]])[] {
  return [...Map.groupBy(tasks, (task) => task.carrier)];
}
