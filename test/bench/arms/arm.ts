import type { Redis } from "ioredis";
import type { Manner } from "../load/load.ts";
import type { DialectName } from "../load/dialects.ts";
import type { Step } from "../run/step.ts";
import type { WorkloadName } from "../workloads/workloads.ts";

/** One way of serving a model, up and ready. */
export interface Arm extends AsyncDisposable {
  readonly port: number;
  /** Keys that clients carry in turn; none where nobody asks for one. */
  readonly tokens: readonly string[];
  /** Process ids by what the processes are. */
  processes(): Readonly<Record<string, readonly number[]>>;
  /** Of an arm that has one, with all rights. */
  readonly redis?: Redis;
  /** Of a queue of ours: how many workers there are from now on, none or one. */
  readonly setWorkers?: (count: 0 | 1) => Promise<void>;
}

/** An arm that can be started, any number of times. */
export interface ArmKind {
  readonly name: string;
  /** For the report: what it is. */
  readonly title: string;
  readonly dialect: DialectName;
  readonly manner: Manner;
  /** Whether it is a queue of ours, with what only such a one can be measured by. */
  readonly isQueue?: boolean;
  /** What is measured of it in place of loads, where it is no server. */
  readonly steps?: readonly Step[];
  /** What it can be asked; everything by default. */
  readonly workloads?: readonly WorkloadName[];
  /** @throws when it does not become ready */
  start(workload: WorkloadName): Promise<Arm>;
}
