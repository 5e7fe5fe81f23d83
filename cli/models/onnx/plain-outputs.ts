import { nodeMessage, opsetMessage, rewrite, tensorMessage, type Change } from "./edit.ts";
import type { Dimension, GraphNode, OnnxDtype, OnnxModel } from "./graph.ts";
import { nodeProto, valueInfoProto } from "./messages.ts";

/** Tensors that an output is put together of, which is a map or a sequence. */
export interface Unpacked {
  readonly output: string;
  /** What puts them together, and is removed: `ZipMap`. */
  readonly operator: string;
  readonly tensors: readonly PlainTensorOutput[];
  /** Of a map, the names that its values have. */
  readonly classes: readonly string[];
}

interface PlainTensorOutput {
  /** The value in the graph. */
  readonly source: string;
  /** The output that it becomes. */
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly dims: readonly Dimension[] | null;
}

/** Where a graph has none of ONNX's own operators: the first set that all of ours know. */
const OPSET = 13;
// Field numbers of onnx.proto.
const MODEL = { graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, output: 12 } as const;

/**
 * Outputs that are no tensors, as the tensors that they are made of: the probabilities of a ZipMap, the
 * members of a sequence.
 *
 * @param chosen names of the outputs that are served; undefined for all
 * @returns null when one is made otherwise; empty when all are tensors
 */
export function unpackedOutputs(
  { graph }: OnnxModel,
  chosen?: readonly string[],
): readonly Unpacked[] | null {
  const packed = graph.outputs.filter(
    ({ name, type }) => type.kind !== "tensor" && chosen?.includes(name) !== false,
  );
  const unpacked = packed.map(({ name, type }): Unpacked | null => {
    const maker = graph.nodes.find(({ outputs }) => outputs.includes(name));
    if (maker?.opType === "ZipMap" && maker.domain === "ai.onnx.ml") return unzipped(name, maker);
    if (maker?.opType !== "SequenceConstruct" || type.kind !== "sequence") return null;
    const { element } = type;
    if (element.kind !== "tensor") return null;
    const { dtype, dims } = element;
    const tensors = maker.inputs.map((source, i) => ({
      source,
      name: `${name}_${i}`,
      dtype,
      dims,
    }));
    return { output: name, operator: maker.opType, tensors, classes: [] };
  });
  const known = unpacked.filter((one) => one !== null);
  return known.length === unpacked.length ? known : null;
}

function unzipped(output: string, { opType, inputs, attributes }: GraphNode): Unpacked {
  const classes = [
    ...(attributes.get("classlabels_strings")?.strings ?? []),
    ...(attributes.get("classlabels_int64s")?.ints ?? []).map(String),
  ];
  const tensor = {
    source: inputs[0] ?? "",
    name: output,
    dtype: "float32",
    dims: [null, null],
  } as const;
  return { output, operator: opType, tensors: [tensor], classes };
}

/**
 * The file of a model with tensors in place of such outputs; everything else is as it was, byte for
 * byte. An output that becomes one tensor keeps its name.
 *
 * @param bytes of the file that `model` was read from
 */
export function unpackOutputs(
  bytes: Uint8Array,
  { opsets }: OnnxModel,
  unpacked: readonly Unpacked[],
): Uint8Array {
  const byOutput = new Map(unpacked.map((one) => [one.output, one]));
  const node: Change = (message) => {
    const { outputs } = nodeProto(message);
    const own = byOutput.get(outputs[0] ?? "");
    if (own === undefined) return [message];
    return own.tensors.map(({ source, name }) => nodeMessage("Identity", source, name));
  };
  const output: Change = (message) => {
    const own = byOutput.get(valueInfoProto(message).name);
    if (own === undefined) return [message];
    return own.tensors.map(({ name, dtype, dims }) => tensorMessage(name, dtype, dims));
  };
  const graph: Change = (message) => [
    rewrite(
      message,
      new Map([
        [GRAPH.node, node],
        [GRAPH.output, output],
      ]),
    ),
  ];
  const added = opsets.has("") ? [] : [[MODEL.opset, opsetMessage(OPSET)] as const];
  return rewrite(bytes, new Map([[MODEL.graph, graph]]), added);
}
