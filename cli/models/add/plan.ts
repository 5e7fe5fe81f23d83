import type { Manifest } from "../../../shared/model/manifest.ts";
import type { Questions } from "../../terminal/questions.ts";
import type { HubFolder } from "../hub/hub-folder.ts";
import { shapeText, type OnnxModel } from "../onnx/graph.ts";
import type { TensorSettings } from "../../../shared/model/tensor/settings.ts";
import type { RowsOfRun, RowTensor, RowTensors } from "./servable.ts";

/** An input, and what its elements become that are missing; absent where it says nothing of such. */
export interface PlannedInput extends RowTensor {
  readonly missing?: string;
}

/** What a version will be: all that its folder holds besides the graph. */
export interface Plan {
  readonly inputs: readonly PlannedInput[];
  readonly outputs: readonly RowTensor[];
  /** The member `dimensions` of the manifest. */
  readonly dimensions?: Manifest["dimensions"];
  /** The member `pipeline` of the manifest. */
  readonly pipeline: Readonly<Record<string, unknown>>;
  /** Most rows in one run, unless somebody says another; without it, the usual. */
  readonly batchSize?: number;
  /** Texts of files beside the manifest, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** What a person should see of it, as name and value. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/**
 * Makes the plan of one pipeline.
 *
 * @throws {CommandError} when the graph does not fit it
 */
export type Planner = (
  model: OnnxModel,
  tensors: RowTensors,
  questions: Questions,
) => Promise<Plan>;

/** The same of a Hugging Face folder, of which the graph is one file. */
export type FolderPlanner = (folder: HubFolder, ...args: Parameters<Planner>) => Promise<Plan>;

/** The member `inputs` or `outputs` of the manifest. */
export function tensorSettings(
  tensors: readonly PlannedInput[],
  rows: RowsOfRun,
): readonly TensorSettings[] {
  return tensors.map((tensor) => {
    const { name, dtype, missing } = tensor;
    const dims = namedDims(tensor);
    const shape = rows === "none" ? [...dims] : ["batch", ...dims];
    return { name, dtype, shape, ...(missing === undefined ? {} : { missing }) };
  });
}

/** Dimensions of a row; those that the graph leaves open without a name get one. */
export function namedDims({ name, dims }: RowTensor): readonly (number | string)[] {
  return dims.map((dim, i) => dim ?? `${name}_${i + 1}`);
}

/** Each on a line: `X float32 [batch, 4]`. */
export function describeTensors(tensors: readonly TensorSettings[]): string {
  return tensors.map(({ name, dtype, shape }) => `${name} ${dtype} ${shapeText(shape)}`).join("\n");
}
