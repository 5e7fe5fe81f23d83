import type { BinaryReader } from "@bufbuild/protobuf/wire";
import { ONNX_DTYPES } from "./graph.ts";
import type {
  Attribute,
  Dimension,
  Graph,
  GraphNode,
  GraphTensor,
  GraphValue,
  ModelFunction,
  OnnxDtype,
  OnnxModel,
  ValueType,
} from "./graph.ts";
import { fieldsOf, int64sOf } from "./wire.ts";

// Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto),
// which never change; each function is named after its message.

/** A `ModelProto` without its `path`; null when the message holds no graph. */
export function modelProto(message: Uint8Array): Omit<OnnxModel, "path"> | null {
  let irVersion = 0;
  const producer = { name: "", version: "" };
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  let graph: Graph | null = null;
  const functions: ModelFunction[] = [];
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) irVersion = Number(reader.int64());
    else if (number === 2) producer.name = reader.string();
    else if (number === 3) producer.version = reader.string();
    else if (number === 7) graph = graphProto(reader.bytes());
    else if (number === 8) opsets.set(...operatorSetIdProto(reader.bytes()));
    else if (number === 14) metadata.set(...stringStringEntryProto(reader.bytes()));
    else if (number === 25) functions.push(functionProto(reader.bytes()));
  }
  if (graph === null) return null;
  return { bytes: message.length, irVersion, producer, opsets, metadata, graph, functions };
}

function operatorSetIdProto(message: Uint8Array): [string, number] {
  let [domain, version] = ["", 0];
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) domain = domainOf(reader);
    else if (number === 2) version = Number(reader.int64());
  }
  return [domain, version];
}

function domainOf(reader: BinaryReader): string {
  const domain = reader.string();
  return domain === "ai.onnx" ? "" : domain;
}

function stringStringEntryProto(message: Uint8Array): [string, string] {
  let [key, value] = ["", ""];
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) key = reader.string();
    else if (number === 2) value = reader.string();
  }
  return [key, value];
}

function functionProto(message: Uint8Array): ModelFunction {
  let [name, domain] = ["", ""];
  const nodes: GraphNode[] = [];
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) name = reader.string();
    else if (number === 7) nodes.push(nodeProto(reader.bytes()));
    else if (number === 10) domain = domainOf(reader);
  }
  return { name, domain, nodes };
}

function graphProto(message: Uint8Array): Graph {
  let name = "";
  const nodes: GraphNode[] = [];
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  const initializers: GraphTensor[] = [];
  const values: GraphValue[] = [];
  const given = new Set<string>();
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) nodes.push(nodeProto(reader.bytes()));
    else if (number === 2) name = reader.string();
    else if (number === 5) initializers.push(tensorProto(reader.bytes()));
    else if (number === 11) inputs.push(valueInfoProto(reader.bytes()));
    else if (number === 12) outputs.push(valueInfoProto(reader.bytes()));
    else if (number === 13) values.push(valueInfoProto(reader.bytes()));
    else if (number === 15) given.add(sparseTensorName(reader.bytes()));
  }
  for (const initializer of initializers) given.add(initializer.name);
  const fed = inputs.filter((input) => !given.has(input.name));
  return { name, nodes, inputs: fed, outputs, initializers, values };
}

/** A `SparseTensorProto` goes by the name of its values. */
function sparseTensorName(message: Uint8Array): string {
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) return tensorProto(reader.bytes()).name;
  }
  return "";
}

function nodeProto(message: Uint8Array): GraphNode {
  let [name, opType, domain] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) inputs.push(reader.string());
    else if (number === 2) outputs.push(reader.string());
    else if (number === 3) name = reader.string();
    else if (number === 4) opType = reader.string();
    else if (number === 5) attributes.set(...attributeProto(reader.bytes()));
    else if (number === 7) domain = domainOf(reader);
  }
  return { name, opType, domain, inputs, outputs, attributes };
}

function attributeProto(message: Uint8Array): [string, Attribute] {
  let name = "";
  let int: bigint | null = null;
  let float: number | null = null;
  let string: string | null = null;
  let tensor: GraphTensor | null = null;
  const ints: bigint[] = [];
  const strings: string[] = [];
  const graphs: Graph[] = [];
  for (const field of fieldsOf(message)) {
    const { number, reader } = field;
    if (number === 1) name = reader.string();
    else if (number === 2) float = reader.float();
    else if (number === 3) int = BigInt(reader.int64());
    else if (number === 4) string = reader.string();
    else if (number === 5) tensor = tensorProto(reader.bytes());
    else if (number === 6 || number === 11) graphs.push(graphProto(reader.bytes()));
    else if (number === 8) for (const value of int64sOf(field)) ints.push(value);
    else if (number === 9) strings.push(reader.string());
  }
  return [name, { int, float, string, tensor, ints, strings, graphs }];
}

function tensorProto(message: Uint8Array): GraphTensor {
  let name = "";
  let dtype: OnnxDtype = "undefined";
  const dims: number[] = [];
  const externalData = new Map<string, string>();
  let isExternal = false;
  for (const field of fieldsOf(message)) {
    const { number, reader } = field;
    if (number === 1) dims.push(...int64sOf(field).map(Number));
    else if (number === 2) dtype = dtypeOf(reader.int32());
    else if (number === 8) name = reader.string();
    else if (number === 13) externalData.set(...stringStringEntryProto(reader.bytes()));
    else if (number === 14) isExternal = reader.int32() === 1;
  }
  const external = isExternal ? (externalData.get("location") ?? "") : null;
  return { name, dtype, dims, external, message };
}

function dtypeOf(number: number): OnnxDtype {
  return ONNX_DTYPES[number] ?? "undefined";
}

function valueInfoProto(message: Uint8Array): GraphValue {
  let name = "";
  let type: ValueType = { kind: "unknown" };
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) name = reader.string();
    else if (number === 2) type = typeProto(reader.bytes());
  }
  return { name, type };
}

function typeProto(message: Uint8Array): ValueType {
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) return tensorType(reader.bytes());
    if (number === 4) return { kind: "sequence", element: elementType(reader.bytes(), 1) };
    if (number === 5) return mapType(reader.bytes());
    if (number === 7) return { kind: "opaque" };
    if (number === 8) return { kind: "sparse_tensor" };
    if (number === 9) return { kind: "optional", element: elementType(reader.bytes(), 1) };
  }
  return { kind: "unknown" };
}

function elementType(message: Uint8Array, fieldNumber: number): ValueType {
  for (const { number, reader } of fieldsOf(message)) {
    if (number === fieldNumber) return typeProto(reader.bytes());
  }
  return { kind: "unknown" };
}

function mapType(message: Uint8Array): ValueType {
  let key: OnnxDtype = "undefined";
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) key = dtypeOf(reader.int32());
  }
  return { kind: "map", key, value: elementType(message, 2) };
}

function tensorType(message: Uint8Array): ValueType {
  let dtype: OnnxDtype = "undefined";
  let dims: readonly Dimension[] | null = null;
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) dtype = dtypeOf(reader.int32());
    else if (number === 2) dims = tensorShapeProto(reader.bytes());
  }
  return { kind: "tensor", dtype, dims };
}

function tensorShapeProto(message: Uint8Array): readonly Dimension[] {
  const dims: Dimension[] = [];
  for (const { number, reader } of fieldsOf(message)) {
    if (number === 1) dims.push(dimension(reader.bytes()));
  }
  return dims;
}

function dimension(message: Uint8Array): Dimension {
  for (const { number, reader } of fieldsOf(message)) {
    // Some exporters write -1 for what they do not know.
    if (number === 1) return nullIfNegative(Number(reader.int64()));
    if (number === 2) return reader.string() || null;
  }
  return null;
}

function nullIfNegative(size: number): number | null {
  return size < 0 ? null : size;
}
