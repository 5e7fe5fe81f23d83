import { basename } from "node:path";
import { CommandError } from "../../terminal/command.ts";
import { allGraphs } from "../onnx/all-nodes.ts";
import { shapeText, type Dimension, type GraphValue } from "../onnx/graph.ts";
import type { OnnxModel, ValueType } from "../onnx/graph.ts";
import { dtypes, isDtype, type Dtype } from "../../../shared/model/tensor/element.ts";
import { wrap } from "../../terminal/table.ts";
import { batchRemedy, tensorRemedy } from "../export-remedy.ts";

/** An input or output that can be served: a tensor whose first dimension is the batch. */
export interface RowTensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** Of one row: without the batch. */
  readonly dims: readonly Dimension[];
}

/** Why something cannot be served, and how it is mended. */
interface Fault {
  readonly what: string;
  readonly remedy: string;
}

/** What of a graph is served. */
export interface RowTensors {
  readonly inputs: readonly RowTensor[];
  readonly outputs: readonly RowTensor[];
}

/**
 * The inputs and outputs of a graph as a batch of rows.
 *
 * @param chosen names of the outputs to serve; undefined for all
 * @throws {CommandError} naming everything that cannot be served, with the export option that
 *   mends it: weights outside the file, sequences and maps, a batch that is missing or not the first
 *   dimension, element types that manifests do not know
 */
export function rowTensorsOf(model: OnnxModel, chosen?: readonly string[]): RowTensors {
  const outputs = chooseOutputs(model, chosen);
  const faults = [
    ...externalFaults(model),
    ...model.graph.inputs.flatMap((value) => faultOf("input", value, model) ?? []),
    ...outputs.flatMap((value) => faultOf("output", value, model) ?? []),
  ];
  if (faults.length > 0) {
    throw new CommandError(`${model.path} cannot be served\n\n${paragraphs(faults)}`);
  }
  return { inputs: model.graph.inputs.map(rowTensor), outputs: outputs.map(rowTensor) };
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

function externalFaults(model: OnnxModel): readonly Fault[] {
  const tensors = [...allGraphs(model)].flatMap(({ initializers }) => initializers);
  const files = new Set(tensors.flatMap(({ external }) => external ?? []));
  if (files.size === 0) return [];
  const shown = [...files].slice(0, 3).join(", ");
  const what = `Weights are outside the file, in ${shown}; a version has one file.`;
  const remedy = `Put them in, if they are less than 2 GiB:
  onnx.save(onnx.load("${basename(model.path)}"), "whole.onnx")
or export from PyTorch with
  torch.onnx.export(..., external_data=False)`;
  return [{ what, remedy }];
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

/** What exporters and their users call the batch dimension. */
const BATCH = /^batch(?:_?size)?$/i;

/** The batch comes first, and nowhere else: rows are put together and taken apart along it. */
function batchFault(
  side: "input" | "output",
  { name, dims }: { readonly name: string; readonly dims: readonly Dimension[] },
  model: OnnxModel,
): Fault | undefined {
  const [batch, ...others] = dims;
  const what = `The ${side} "${name}" is ${shapeText(dims)},`;
  const firsts = new Set(model.graph.inputs.map(({ type }) => firstOf(type)));
  if (typeof batch === "number" || batch === undefined) {
    const isBatched = ![...firsts].some((first) => typeof first === "number");
    const remedy = side === "output" && isBatched ? withoutOutput(name, model) : batchRemedy(model);
    return { what: `${what} without a batch as first dimension.`, remedy };
  }
  const again = others
    .filter((dim) => typeof dim === "string")
    .find((dim) => firsts.has(dim) || BATCH.test(dim));
  if (again === undefined) return undefined;
  if (batch === again) {
    const why = "as long as the batch: the answer to one row would change with its neighbours.";
    return { what: `${what} ${why}`, remedy: withoutOutput(name, model) };
  }
  const remedy = `Export it with the batch first; PyTorch's recurrent layers have
  batch_first=True`;
  return { what: `${what} where "${again}" is not the first dimension.`, remedy };
}

function firstOf(type: ValueType): Dimension | undefined {
  return type.kind === "tensor" ? type.dims?.[0] : undefined;
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

function rowTensor({ name, type }: GraphValue): RowTensor {
  if (type.kind !== "tensor" || type.dims === null || !isDtype(type.dtype)) {
    throw new Error(`${name} was not checked`);
  }
  return { name, dtype: type.dtype, dims: type.dims.slice(1) };
}
