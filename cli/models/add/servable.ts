import { basename } from "node:path";
import { CommandError } from "../../terminal/command.ts";
import { shapeText, type Dimension, type GraphValue } from "../onnx/graph.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { dtypes, isDtype, type Dtype } from "../../../shared/model/tensor/element.ts";
import { wrap } from "../../terminal/table.ts";
import { batchRemedy, tensorRemedy } from "../export-remedy.ts";
import { batchAgain, firstOf } from "../onnx/batch-again.ts";

/** An input or output that can be served. */
export interface RowTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Of one row: without the batch, if there is one. */
  readonly dims: readonly Dimension[];
}

/**
 * How rows go into a run: any number, put together along a batch; one at a time, where the batch is
 * fixed to one; or one that is whole tensors, where there is no batch.
 */
export type RowsOfRun = "any" | "one" | "none";

/** Why something cannot be served, and how it is mended. */
interface Fault {
  readonly what: string;
  readonly remedy: string;
  /** Whether it is no fault where rows are run one by one. */
  readonly isOfBatch?: boolean;
}

/** What of a graph is served. */
export interface RowTensors {
  readonly inputs: readonly RowTensor[];
  readonly outputs: readonly RowTensor[];
  readonly rows: RowsOfRun;
}

/** What of a graph to serve, and how. */
export interface Serving {
  /** Names of the outputs; undefined for all. */
  readonly chosen?: readonly string[] | undefined;
  /** Outputs that were seen not to have a row for each row, with what they had. */
  readonly apart?: ReadonlyMap<string, string>;
  /** Whether every row is a run of its own. */
  readonly isUnbatched?: boolean;
}

/**
 * The inputs and outputs of a graph as rows.
 *
 * @throws {CommandError} naming everything that cannot be served, with the export option that
 *   mends it: sequences and maps, element types that manifests do not know, and a batch that is missing
 *   or not the first dimension, unless rows are run one by one
 */
export function rowTensorsOf(model: OnnxModel, serving: Serving = {}): RowTensors {
  const outputs = chooseOutputs(model, serving.chosen);
  const faults = faultsOf(model, outputs, serving);
  if (faults.length > 0) {
    const offer = faults.every(({ isOfBatch }) => isOfBatch === true) ? `\n\n${OFFER}` : "";
    throw new CommandError(`${model.path} cannot be served\n\n${paragraphs(faults)}${offer}`);
  }
  const rows = rowsOf(model, outputs, serving);
  const tensors = (values: readonly GraphValue[]) => values.map((value) => rowTensor(value, rows));
  return { inputs: tensors(model.graph.inputs), outputs: tensors(outputs), rows };
}

/** Why it can be served only if every row is a run of its own; undefined where that is not so. */
export function batchReason(model: OnnxModel, serving: Serving): string | undefined {
  const faults = faultsOf(model, chooseOutputs(model, serving.chosen), serving);
  const isAlone = faults.length > 0 && faults.every(({ isOfBatch }) => isOfBatch === true);
  return isAlone ? paragraphs(faults) : undefined;
}

/** What running rows one by one costs, for a person to decide. */
export const UNBATCHED_COST = `Rows would be run one by one, as whole tensors: requests never share a run, and
a job has one input.`;

const OFFER = `Or add it as it is, and have every row run by itself: --unbatched
${UNBATCHED_COST}`;

function faultsOf(
  model: OnnxModel,
  outputs: readonly GraphValue[],
  { apart = new Map(), isUnbatched = false }: Serving,
): readonly Fault[] {
  const faults = [
    ...model.graph.inputs.flatMap((value) => faultOf("input", value, model) ?? []),
    ...outputs.flatMap(
      (value) => apartFault(value, apart, model) ?? faultOf("output", value, model) ?? [],
    ),
  ];
  return faults.filter(({ isOfBatch }) => !(isUnbatched && isOfBatch === true));
}

function rowsOf(
  model: OnnxModel,
  outputs: readonly GraphValue[],
  { apart = new Map(), isUnbatched = false }: Serving,
): RowsOfRun {
  if (!isUnbatched) return "any";
  const isOne = [...model.graph.inputs, ...outputs].every(({ name, type }) => {
    const [first, ...others] = type.kind === "tensor" ? (type.dims ?? []) : [];
    if (first === undefined || apart.has(name)) return false;
    const isBatch = first === 1 || typeof first !== "number";
    return isBatch && batchAgain(others, model) === undefined;
  });
  return isOne ? "one" : "none";
}

function chooseOutputs({ graph }: OnnxModel, chosen?: readonly string[]): readonly GraphValue[] {
  if (chosen === undefined) return graph.outputs;
  return chosen.map((name) => {
    const found = graph.outputs.find((output) => output.name === name);
    if (found !== undefined) return found;
    const names = graph.outputs.map((output) => output.name).join(", ");
    throw new CommandError(`--outputs: there is no output "${name}". There is: ${names}`);
  });
}

/** Of an output that has not as many rows as go in, whatever its file says. */
function apartFault(
  { name }: GraphValue,
  apart: ReadonlyMap<string, string>,
  model: OnnxModel,
): Fault | undefined {
  const seen = apart.get(name);
  if (seen === undefined) return undefined;
  const what = `The output "${name}" is ${seen}: it has not a row for each row.`;
  return { what, remedy: withoutOutput(name, model), isOfBatch: true };
}

function faultOf(side: "input" | "output", value: GraphValue, model: OnnxModel): Fault | undefined {
  const { name, type } = value;
  const named = `The ${side} "${name}" is`;
  if (type.kind !== "tensor") {
    const { kind, remedy } = tensorRemedy(type, model);
    return { what: `${named} ${kind}; only tensors can be served.`, remedy };
  }
  if (!isDtype(type.dtype)) {
    const remedy = `Cast it, in the model, to one of\n  ${dtypes.join(", ")}`;
    return { what: `${named} of ${type.dtype}, which cannot be served.`, remedy };
  }
  if (type.dims === null) {
    const remedy = `Let ONNX find it:
  model = onnx.shape_inference.infer_shapes(onnx.load("${basename(model.path)}"))
  onnx.save(model, "shaped.onnx")`;
    return { what: `${named} of a shape that the file does not say.`, remedy };
  }
  return batchFault(side, { name, dims: type.dims }, model);
}

/** The batch comes first, and nowhere else: rows are put together and taken apart along it. */
function batchFault(
  side: "input" | "output",
  { name, dims }: { readonly name: string; readonly dims: readonly Dimension[] },
  model: OnnxModel,
): Fault | undefined {
  const [batch, ...others] = dims;
  const what = `The ${side} "${name}" is ${shapeText(dims)},`;
  const isOfBatch = true;
  if (typeof batch === "number" || batch === undefined) {
    const firsts = model.graph.inputs.map(({ type }) => firstOf(type));
    const isBatched = firsts.every((first) => first !== undefined && typeof first !== "number");
    const remedy = side === "output" && isBatched ? withoutOutput(name, model) : batchRemedy(model);
    return { what: `${what} without a batch as first dimension.`, remedy, isOfBatch };
  }
  const again = batchAgain(others, model);
  if (again === undefined) return undefined;
  if (batch === again || side === "output") {
    const why = "as long as the batch: the answer to one row would change with its neighbours.";
    const remedy =
      side === "output"
        ? withoutOutput(name, model)
        : `Give each of its dimensions a name of its own when you export it.`;
    return { what: `${what} ${why}`, remedy, isOfBatch };
  }
  const remedy = `Export it with the batch first; PyTorch's recurrent layers have
  batch_first=True`;
  return { what: `${what} where "${again}" is not the first dimension.`, remedy, isOfBatch };
}

function withoutOutput(name: string, { graph }: OnnxModel): string {
  const others = graph.outputs.flatMap((output) => (output.name === name ? [] : [output.name]));
  const option =
    others.length > 0 ? `\nor serve the others alone:\n  --outputs ${others.join()}` : "";
  return `Return, in the model, what belongs to one row, with the batch first${option || "."}`;
}

/** A remedy stands once, below all that it mends. */
function paragraphs(faults: readonly Fault[]): string {
  const byRemedy = Map.groupBy(faults, ({ remedy }) => remedy);
  return [...byRemedy]
    .map(([remedy, mended]) => [...mended.flatMap(({ what }) => wrap(what)), remedy].join("\n"))
    .join("\n\n");
}

function rowTensor({ name, type }: GraphValue, rows: RowsOfRun): RowTensor {
  if (type.kind !== "tensor" || type.dims === null || !isDtype(type.dtype)) {
    throw new Error(`${name} was not checked`);
  }
  const { dtype, dims } = type;
  if (rows !== "none") return { name, dtype, dims: dims.slice(1) };
  // Manifests keep the name for what rows are put together along.
  return {
    name,
    dtype,
    dims: dims.map((dim, i) => (dim === "batch" ? "rows" : (dim ?? `${name}_${i}`))),
  };
}
