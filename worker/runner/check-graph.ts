import type { InferenceSession } from "onnxruntime-node";
import type { Manifest } from "../../shared/model/manifest.ts";
import { hasBatch, rowDimensions } from "../../shared/model/tensor/dimensions.ts";
import type { TensorSettings } from "../../shared/model/tensor/settings.ts";

type Value = InferenceSession.ValueMetadata;
type Tensor = Extract<Value, { isTensor: true }>;
type Graph = Pick<InferenceSession, "inputMetadata" | "outputMetadata">;

/**
 * Whether the graph takes and gives what its manifest says. Shapes of outputs are left to the runs:
 * exporters are not careful with them.
 *
 * @throws saying what differs
 */
export function checkGraph(graph: Graph, manifest: Manifest): void {
  const { inputs, outputs } = manifest;
  const extra = graph.inputMetadata.find(({ name }) => inputs.every((it) => it.name !== name));
  if (extra !== undefined) throw new Error(`the manifest lacks the input "${extra.name}"`);
  for (const input of inputs) {
    const value = find(input, graph.inputMetadata, "input");
    const fault = shapeFault(input, value);
    if (fault !== undefined) throw new Error(`input "${input.name}" ${fault}`);
  }
  for (const output of outputs) find(output, graph.outputMetadata, "output");
}

function find({ name, dtype }: TensorSettings, values: readonly Value[], what: string): Tensor {
  const value = values.find((it) => it.name === name);
  if (value === undefined) {
    const names = values.map((it) => it.name).join(", ");
    throw new Error(`the graph has no ${what} "${name}"; it has ${names}`);
  }
  if (!value.isTensor) throw new Error(`${what} "${name}" is a map or a sequence, not a tensor`);
  if (value.type === dtype) return value;
  throw new Error(`${what} "${name}" is ${value.type}; its manifest says ${dtype}`);
}

/** A size that the graph leaves open may be anything in the manifest; the batch is left to the runs. */
function shapeFault(tensor: TensorSettings, { shape: actual }: Tensor): string | undefined {
  const { shape } = tensor;
  if (actual.length === 0) return undefined; // of any shape
  const own = actual.slice(hasBatch(tensor) ? 1 : 0);
  const isSame =
    shape.length === actual.length &&
    rowDimensions(tensor).every((dim, i) => typeof own[i] === "string" || own[i] === dim);
  const shown = actual.map((dim) => (dim === "" ? "?" : dim)).join(", ");
  return isSame ? undefined : `is [${shown}]; its manifest says [${shape.join(", ")}]`;
}
