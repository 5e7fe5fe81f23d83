import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { ONNX_DTYPES, type Dimension, type OnnxDtype } from "./graph.ts";

/** What becomes of an embedded message: itself, another one, several, or none. */
export type Change = (message: Uint8Array) => readonly Uint8Array[];

/**
 * Copies a message byte for byte, but for the embedded messages of some fields.
 *
 * @param changes by the number of the field
 * @param added messages that come last, with the number of their field
 */
export function rewrite(
  bytes: Uint8Array,
  changes: ReadonlyMap<number, Change>,
  added: readonly (readonly [number: number, message: Uint8Array])[] = [],
): Uint8Array {
  const reader = new BinaryReader(bytes);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const change = changes.get(number);
    if (change === undefined || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      writer.raw(bytes.subarray(start, reader.pos));
      continue;
    }
    for (const message of change(reader.bytes())) put(writer, number, message);
  }
  for (const [number, message] of added) put(writer, number, message);
  return writer.finish();
}

function put(writer: BinaryWriter, number: number, message: Uint8Array): void {
  writer.tag(number, WireType.LengthDelimited).bytes(message);
}

/** A `NodeProto` of ONNX's own operators, without attributes. */
export function nodeMessage(opType: string, input: string, output: string): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, text] of [
    [1, input],
    [2, output],
    [3, `${opType}_${output}`],
    [4, opType],
  ] as const) {
    writer.tag(number, WireType.LengthDelimited).string(text);
  }
  return writer.finish();
}

/** A `ValueInfoProto` of a tensor. */
export function tensorMessage(
  name: string,
  dtype: OnnxDtype,
  dims: readonly Dimension[] | null,
): Uint8Array {
  const tensor = new BinaryWriter();
  tensor.tag(1, WireType.Varint).int32(ONNX_DTYPES.indexOf(dtype));
  if (dims !== null) put(tensor, 2, shapeMessage(dims));
  const type = new BinaryWriter();
  put(type, 1, tensor.finish());
  const value = new BinaryWriter();
  value.tag(1, WireType.LengthDelimited).string(name);
  put(value, 2, type.finish());
  return value.finish();
}

function shapeMessage(dims: readonly Dimension[]): Uint8Array {
  const shape = new BinaryWriter();
  for (const dim of dims) {
    const one = new BinaryWriter();
    if (typeof dim === "number") one.tag(1, WireType.Varint).int64(dim);
    else if (dim !== null) one.tag(2, WireType.LengthDelimited).string(dim);
    put(shape, 1, one.finish());
  }
  return shape.finish();
}

/** An `OperatorSetIdProto` of ONNX's own operators. */
export function opsetMessage(version: number): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string("")
    .tag(2, WireType.Varint)
    .int64(version)
    .finish();
}
