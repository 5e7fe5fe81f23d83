import type { WorkloadName } from "../workloads/workloads.ts";
import type { DialectName } from "./dialects.ts";

/**
 * What a client does for one job: waits for the answer; submits it and reads the result by another
 * request; waits, with metadata, parameters, a trace and an idempotency key of the job's own; or only
 * submits it.
 */
export type Manner = "sync" | "async" | "varied" | "submit";

/** What the load generator is told. */
export interface Load {
  readonly port: number;
  readonly workload: WorkloadName;
  readonly dialect: DialectName;
  readonly manner: Manner;
  /** Keys that the clients have in turn; none: requests carry no key. */
  readonly tokens: readonly string[];
  /** Clients of a closed loop: each sends its next request when it has the answer to the last. */
  readonly clients: number;
  /** Requests a second of an open loop, by Poisson, in place of a closed one. */
  readonly rate?: number;
  /** A closed loop ends after so many jobs, however long that takes. */
  readonly jobsMax?: number;
  /** Of the arrivals of an open loop. */
  readonly seed: number;
  /** Answers of the first `leadMs` are checked and counted, their times are not. */
  readonly leadMs: number;
  readonly windowMs: number;
}

export interface LoadResult {
  /** Right answers within the window, a second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How much later than planned the requests of an open loop left, on average; 0 for a closed one. */
  readonly lateMs: number;
  /** All jobs that were answered rightly, the lead and the end after the window included. */
  readonly answers: number;
  /** Answers that were not what the reference says. */
  readonly wrong: number;
  /** Answers that said no: 429 and 5xx. Neither right nor wrong, and not in the rate. */
  readonly refused: number;
  /** Connections that the server closed in place of an answer, and answers that never came. */
  readonly lost: number;
  /** A few of what was wrong, refused or lost. */
  readonly examples: readonly string[];
  /** Some of the jobs that were only submitted, for a look at what became of them. */
  readonly submitted: readonly Submitted[];
}

export interface Submitted {
  readonly id: string;
  /** Of its case. */
  readonly index: number;
}
