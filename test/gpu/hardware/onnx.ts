import { Message } from "./protobuf.ts";

const FLOAT = 1;
const INT64 = 7;
const INTS = 7;

/** A file of one graph, opset 17. */
export function fileOf(graph: Message): Buffer {
  const opset = new Message().bytes(1, "").number(2, 17);
  return new Message().number(1, 8).bytes(7, graph).bytes(8, opset).encoded();
}

/** An input or output of a graph: float32, with an open batch before these dimensions. */
export function valueOf(name: string, dims: readonly number[]): Message {
  const shape = new Message().bytes(1, new Message().bytes(2, "batch"));
  for (const size of dims) shape.bytes(1, new Message().number(1, size));
  const tensor = new Message().number(1, FLOAT).bytes(2, shape);
  return new Message().bytes(1, name).bytes(2, new Message().bytes(1, tensor));
}

export function nodeOf(
  op: string,
  [inputs, output]: readonly [readonly string[], string],
  attributes: readonly Message[] = [],
): Message {
  const message = new Message();
  for (const input of inputs) message.bytes(1, input);
  message.bytes(2, output).bytes(3, `at_${output}`).bytes(4, op);
  for (const attribute of attributes) message.bytes(5, attribute);
  return message;
}

export function intsOf(name: string, values: readonly number[]): Message {
  const message = new Message().bytes(1, name);
  for (const value of values) message.number(8, value);
  return message.number(20, INTS);
}

/** A constant of a graph. */
export function tensorOf(
  name: string,
  dims: readonly number[],
  values: Float32Array | BigInt64Array,
): Message {
  const tensor = new Message();
  for (const size of dims) tensor.number(1, size);
  tensor.number(2, values instanceof Float32Array ? FLOAT : INT64);
  return tensor.bytes(8, name).bytes(9, new Uint8Array(values.buffer));
}
