import { fileOf, intsOf, nodeOf, tensorOf, valueOf } from "./onnx.ts";
import { Message } from "./protobuf.ts";

/** How many blocks each of the four stages has: of ResNet-152, and of what a test can wait for. */
export const SHAPES = { resnet152: [3, 8, 36, 3], tiny: [1, 1, 1, 1] } as const;

export type Shape = keyof typeof SHAPES;

/**
 * A graph of the shape of a ResNet with bottlenecks (v1.5), batch normalisation folded into the
 * convolutions, with random weights: `data`, float32 [batch, 3, 224, 224], to `scores`, float32 [batch,
 * 1000]. With the blocks of ResNet-152: 60.2 million weights, 241 MB, 11.5 GFLOP an image. Its answers
 * mean nothing, its time does.
 *
 * @returns an ONNX file, opset 17
 */
export function resnet(shape: Shape): Buffer {
  const graph = new Message();
  const weigh = weightsInto(graph);
  let nodes = 0;
  const node = (op: string, inputs: readonly string[], attributes: readonly Message[] = []) => {
    nodes += 1;
    const output = `t${nodes}`;
    graph.bytes(1, nodeOf(op, [inputs, output], attributes));
    return output;
  };
  /** Channels, side of the kernel, stride. */
  const convolve = (
    x: string,
    [from, to, side, stride]: readonly [number, number, number, number],
  ) => node("Conv", [x, weigh([to, from, side, side]), weigh([to])], window(side, stride));
  const block = (x: string, [from, inner, stride]: readonly [number, number, number]) => {
    const first = node("Relu", [convolve(x, [from, inner, 1, 1])]);
    const second = node("Relu", [convolve(first, [inner, inner, 3, stride])]);
    const third = convolve(second, [inner, inner * 4, 1, 1]);
    const isSame = from === inner * 4 && stride === 1;
    const beside = isSame ? x : convolve(x, [from, inner * 4, 1, stride]);
    return node("Relu", [node("Add", [third, beside])]);
  };

  let x = node("MaxPool", [node("Relu", [convolve("data", [3, 64, 7, 2])])], window(3, 2));
  let channels = 64;
  for (const [stage, blocks] of SHAPES[shape].entries()) {
    const inner = 64 * 2 ** stage;
    for (let i = 0; i < blocks; i += 1) {
      x = block(x, [channels, inner, i === 0 && stage > 0 ? 2 : 1]);
      channels = inner * 4;
    }
  }
  x = node("Flatten", [node("GlobalAveragePool", [x])]);
  const last = [x, weigh([channels, 1000]), weigh([1000])];
  graph.bytes(1, nodeOf("Gemm", [last, "scores"])).bytes(2, shape);
  graph.bytes(11, valueOf("data", [3, 224, 224])).bytes(12, valueOf("scores", [1000]));
  return fileOf(graph);
}

/** Weights are the same at every call; small, so that sums along the residual path stay finite. */
function weightsInto(graph: Message): (dims: readonly number[]) => string {
  let count = 0;
  let state = 1;
  return (dims) => {
    count += 1;
    const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
    const scale = 0.5 / Math.sqrt(values.length / (dims[0] ?? 1));
    for (let i = 0; i < values.length; i += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      values[i] = (state / 2 ** 31 - 1) * scale;
    }
    graph.bytes(5, tensorOf(`w${count}`, dims, values));
    return `w${count}`;
  };
}

function window(side: number, stride: number): readonly Message[] {
  const pad = Math.floor(side / 2);
  return [
    intsOf("kernel_shape", [side, side]),
    intsOf("strides", [stride, stride]),
    intsOf("pads", [pad, pad, pad, pad]),
  ];
}
