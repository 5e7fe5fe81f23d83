import type { Graph, GraphTensor, OnnxModel, ValueType } from "./graph.ts";
import { ONNX_DTYPES } from "./graph.ts";
import { integers, many, message, messages, one, text, whole, within } from "./wire.ts";

// Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto),
// which never change; what decodes a message is named after it, and what is part of it comes first.

const domain = (number: number) =>
  one(number, (reader) => reader.string().replace(/^ai\.onnx$/, ""), "");

const dtype = (number: number) =>
  one(number, (reader) => ONNX_DTYPES[reader.int32()] ?? "undefined", "undefined");

const UNKNOWN: ValueType = { kind: "unknown" };

const type = (number: number) => one(number, (reader) => typeProto(reader.bytes()), UNKNOWN);

const dimension = message({
  // Some exporters write -1 for what they do not know.
  size: one(1, (reader) => Number(reader.int64()), -1),
  symbol: text(2),
});

const tensorShapeProto = message({ dims: messages(dimension, 1) });

const typeFields = message({
  tensor: within(1, message({ dtype: dtype(1), shape: within(2, tensorShapeProto) })),
  sequence: within(4, message({ element: type(1) })),
  map: within(5, Boolean),
  opaque: within(7, Boolean),
  sparse: within(8, Boolean),
  optional: within(9, Boolean),
});

function typeProto(bytes: Uint8Array): ValueType {
  const { tensor, sequence, map, opaque, sparse, optional } = typeFields(bytes);
  if (tensor !== null) {
    const dims = tensor.shape?.dims.map(({ size, symbol }) => (size < 0 ? symbol || null : size));
    return { kind: "tensor", dtype: tensor.dtype, dims: dims ?? null };
  }
  if (sequence !== null) return { kind: "sequence", element: sequence.element };
  if (map) return { kind: "map" };
  if (opaque) return { kind: "opaque" };
  if (sparse) return { kind: "sparse_tensor" };
  return optional ? { kind: "optional" } : UNKNOWN;
}

export const valueInfoProto = message({ name: text(1), type: type(2) });

const stringStringEntryProto = message({ key: text(1), value: text(2) });

const tensorFields = message({
  dims: integers(1),
  dtype: dtype(2),
  name: text(8),
  externalData: messages(stringStringEntryProto, 13),
  location: whole(14),
});

function tensorProto(bytes: Uint8Array): GraphTensor {
  const { dims, externalData, location, ...tensor } = tensorFields(bytes);
  const path = externalData.findLast(({ key }) => key === "location")?.value ?? "";
  const external = location === 1 ? path : null;
  return { ...tensor, dims: dims.map(Number), external, message: bytes };
}

const attributeProto = message({
  name: text(1),
  float: one<number | null>(2, (reader) => reader.float(), null),
  int: one<bigint | null>(3, (reader) => BigInt(reader.int64()), null),
  string: one<string | null>(4, (reader) => reader.string(), null),
  tensor: within(5, tensorProto),
  graphs: messages(graphProto, 6, 11),
  ints: integers(8),
  strings: many((reader) => reader.string(), 9),
});

const nodeFields = message({
  inputs: many((reader) => reader.string(), 1),
  outputs: many((reader) => reader.string(), 2),
  name: text(3),
  opType: text(4),
  attributes: messages(attributeProto, 5),
  domain: domain(7),
});

export function nodeProto(bytes: Uint8Array) {
  const { attributes, ...node } = nodeFields(bytes);
  return { ...node, attributes: new Map(attributes.map(({ name, ...value }) => [name, value])) };
}

const sparseTensorProto = message({ values: within(1, tensorProto) });

const graphFields = message({
  nodes: messages(nodeProto, 1),
  initializers: messages(tensorProto, 5),
  inputs: messages(valueInfoProto, 11),
  outputs: messages(valueInfoProto, 12),
  sparse: messages(sparseTensorProto, 15),
});

function graphProto(bytes: Uint8Array): Graph {
  const { inputs, sparse, ...graph } = graphFields(bytes);
  // A sparse tensor goes by the name of its values.
  const given = [...graph.initializers, ...sparse.map(({ values }) => values)];
  const names = new Set(given.map((tensor) => tensor?.name));
  return { ...graph, inputs: inputs.filter(({ name }) => !names.has(name)) };
}

const functionProto = message({ name: text(1), nodes: messages(nodeProto, 7), domain: domain(10) });

const operatorSetIdProto = message({ domain: domain(1), version: whole(2) });

const modelFields = message({
  irVersion: whole(1),
  producerName: text(2),
  producerVersion: text(3),
  graph: within(7, graphProto),
  opsets: messages(operatorSetIdProto, 8),
  metadata: messages(stringStringEntryProto, 14),
  functions: messages(functionProto, 25),
});

/** A `ModelProto` without its `path`; null when the message holds no graph. */
export function modelProto(bytes: Uint8Array): Omit<OnnxModel, "path"> | null {
  const { graph, producerName, producerVersion, opsets, metadata, ...model } = modelFields(bytes);
  if (graph === null) return null;
  return {
    ...model,
    bytes: bytes.length,
    producer: { name: producerName, version: producerVersion },
    metadata: new Map(metadata.map(({ key, value }) => [key, value])),
    opsets: new Map(opsets.map((set) => [set.domain, set.version])),
    graph,
  };
}
