import type { GraphNode } from "../onnx/graph.ts";
import { finderAt, type LintRule } from "./finding.ts";
import { placeOf, producersIn, type Producers } from "./producers.ts";

const LAYERS = new Set(["Conv", "ConvTranspose", "Gemm"]);

/**
 * Layers of an int8 graph (QDQ) that run in float32 all the same, because a node stands between
 * them and their bias: exporters share equal biases through `Identity` nodes, the quantiser passes
 * these over with a warning, and onnxruntime then fuses nothing. Measured with onnxruntime-node
 * 1.30.0 on three convolutions of 64 channels, one thread: 0.6 times the speed of float32, where
 * the right export has 2.7 times. A bias that is a float32 initializer is as fast as the right one:
 * onnxruntime quantises it when it loads.
 */
export const quantisedBiasRule: LintRule = ({ graph }) => {
  const producers = producersIn(graph);
  const slow = graph.nodes.filter(
    (node) => isQuantised(node, producers) && hiddenBy(node, producers) !== undefined,
  );
  const [first] = slow;
  if (first === undefined) return [];
  const between = hiddenBy(first, producers)?.opType ?? "";
  const why = `Its bias "${first.inputs[2]}" comes from a node, ${between}, where the quantiser passed it over: the layer runs in float32 between conversions, slower than before.`;
  const fix = `onnxruntime.quantization: quant_pre_process(path, prepared), of its
module shape_inference, and then quantize_static(prepared, ...)`;
  return [finderAt("int8-bias", placeOf(slow))("bad", why, fix)];
};

/** Both data and weights come out of `DequantizeLinear`. */
function isQuantised({ opType, inputs }: GraphNode, producers: Producers): boolean {
  const sources = inputs.slice(0, 2).map((input) => producers.get(input)?.opType);
  return LAYERS.has(opType) && sources.every((source) => source === "DequantizeLinear");
}

/** What makes the bias, unless it is quantised or an initializer, which a `Constant` is as good as. */
function hiddenBy({ inputs }: GraphNode, producers: Producers): GraphNode | undefined {
  const source = producers.get(inputs[2] ?? "");
  return source?.opType === "DequantizeLinear" || source?.opType === "Constant"
    ? undefined
    : source;
}
