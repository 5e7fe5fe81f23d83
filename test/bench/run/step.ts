import type { Arm, ArmKind } from "../arms/arm.ts";
import type { Generator } from "../measure/generator.ts";
import type { Sample } from "../measure/sample.ts";
import type { WorkloadName } from "../workloads/workloads.ts";

/** What a step may use to measure an arm that is up. */
export interface Bench {
  readonly arm: Arm;
  readonly kind: ArmKind;
  readonly workload: WorkloadName;
  readonly generator: Generator;
  /** Of a sample, in ms. */
  readonly windowMs: number;
  /** Draws are the same in every arm, and differ between rounds. */
  readonly seed: number;
}

/** One kind of measurement of an arm. */
export interface Step {
  /** Names its samples: `closed-64`. */
  readonly name: string;
  /** Whether the arm is started for this step alone, since it leaves something behind. */
  readonly isAlone: boolean;
  /** Of which models; all by default. */
  readonly workloads?: readonly WorkloadName[];
  measure(bench: Bench): Promise<Sample>;
}
