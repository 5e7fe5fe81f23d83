import { fileOf, intsOf, nodeOf, tensorOf, valueOf } from "./hardware/onnx.ts";
import { Message } from "./hardware/protobuf.ts";

/**
 * A graph that WebGPU takes, and fails to run: a transposed convolution of volumes, `x`, float32
 * [batch, 1, 4, 4, 4]. The CPU runs it.
 */
export function volumes(): Buffer {
  const kernel = tensorOf("w", [1, 1, 3, 3, 3], new Float32Array(27).fill(0.5));
  const node = nodeOf("ConvTranspose", [["x", "w"], "y"], [intsOf("strides", [1, 1, 1])]);
  const graph = new Message().bytes(1, node).bytes(2, "volumes").bytes(5, kernel);
  return fileOf(graph.bytes(11, valueOf("x", [1, 4, 4, 4])).bytes(12, valueOf("y", [1, 6, 6, 6])));
}

/** How often, and how many times four values. */
const [ROUNDS, WIDTH] = [40, 32_768];

/**
 * A graph that is faster even on a GPU which is software: `x`, float32 [batch, 4], repeated, and arsinh
 * over and over, for which ONNX Runtime has no fast kernel on the CPU.
 */
export function waves(): Buffer {
  const graph = new Message().bytes(1, nodeOf("Tile", [["x", "repeats"], "t0"]));
  for (let i = 1; i <= ROUNDS; i += 1) graph.bytes(1, nodeOf("Asinh", [[`t${i - 1}`], `t${i}`]));
  const axes = intsOf("axes", [1]); // a mean of so many would differ in its rounding
  graph.bytes(1, nodeOf("ReduceMax", [[`t${ROUNDS}`], "y"], [axes])).bytes(2, "waves");
  graph.bytes(5, tensorOf("repeats", [2], new BigInt64Array([1n, BigInt(WIDTH)])));
  return fileOf(graph.bytes(11, valueOf("x", [4])).bytes(12, valueOf("y", [1])));
}
