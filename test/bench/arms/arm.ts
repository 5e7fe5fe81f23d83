import type { Redis } from "ioredis";
import type { Manner } from "../load/load.ts";
import type { DialectName } from "../load/dialects.ts";
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
}

/** An arm that can be started, any number of times. */
export interface ArmKind {
  readonly name: string;
  /** For the report: what it is. */
  readonly title: string;
  readonly dialect: DialectName;
  readonly manner: Manner;
  /** @throws when it does not become ready */
  start(workload: WorkloadName): Promise<Arm>;
}
