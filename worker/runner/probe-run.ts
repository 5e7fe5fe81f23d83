import type { Dtype } from "../../shared/model/tensor/element.ts";

/** A tensor by its shape alone: the whole one, with its batch. */
export interface ProbeTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
}

/** A run of a graph with tensors that are made up. */
export interface ProbeRun {
  readonly inputs: readonly ProbeTensor[];
  /** Names of the outputs to compute. */
  readonly outputs: readonly string[];
  /** 0: blank inputs. */
  readonly seed: number;
}

/** What an output was. */
export interface ProbedTensor extends ProbeTensor {
  /** Of its elements: the same for the same values. */
  readonly digest: string;
}

/** What came of probing a graph: outputs, or why there are none. */
export interface ProbeResult {
  /** Whether it is at least a graph that loads. */
  readonly isLoaded: boolean;
  readonly outputs: readonly ProbedTensor[];
  readonly reason: string | undefined;
}
