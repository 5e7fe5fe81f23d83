import { originOf, producersIn } from "../check/producers.ts";
import { allNodes } from "../onnx/all-nodes.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { detectorOf } from "./guess-detector.ts";
import type { RowTensor, RowTensors } from "./servable.ts";

/** A table with more columns than this is taken for one only when it comes from scikit-learn. */
const COLUMNS_MAX = 100;

/**
 * The pipeline that a graph looks made for. `text-match` is never guessed: a graph that takes
 * strings may do anything.
 */
export function guessPipeline(
  model: OnnxModel,
  tensors: RowTensors,
): "image-classification" | "object-detection" | "tabular" | "tensor" {
  if (tensors.rows === "none") return "tensor";
  if (imageOf(tensors) !== null) return "image-classification";
  if (detectorOf(model, tensors, false) !== null) return "object-detection";
  return isTable(model, tensors) ? "tabular" : "tensor";
}

/** How a graph takes images; `size` and `classes` are null where it leaves them open. */
export interface ImageShape {
  readonly input: RowTensor;
  readonly output: RowTensor;
  readonly layout: "nchw" | "nhwc";
  readonly size: number | null;
  readonly classes: number | null;
}

/**
 * What of a graph with one input `[batch, 3, size, size]` or `[batch, size, size, 3]` and one float32
 * output `[batch, classes]`; null for any other. uint8 is taken with the channels last only.
 */
export function imageOf({ inputs, outputs }: RowTensors): ImageShape | null {
  const [input, ...moreInputs] = inputs;
  const [output, ...moreOutputs] = outputs;
  if (input === undefined || output === undefined) return null;
  if (moreInputs.length > 0 || moreOutputs.length > 0) return null;
  if (output.dtype !== "float32" || output.dims.length !== 1 || input.dims.length !== 3)
    return null;
  const [first = null, , last = null] = input.dims;
  const layout = first === 3 ? "nchw" : "nhwc";
  if (layout === "nhwc" && last !== 3) return null;
  if (input.dtype !== "float32" && !(input.dtype === "uint8" && layout === "nhwc")) return null;
  const sides = layout === "nchw" ? input.dims.slice(1) : input.dims.slice(0, 2);
  const [size = null, ...others] = [...new Set(sides.filter((dim) => typeof dim === "number"))];
  if (others.length > 0) return null;
  const [classes] = output.dims;
  return { input, output, layout, size, classes: typeof classes === "number" ? classes : null };
}

/**
 * Rows of numbers, texts and booleans: every input is `[batch, columns]`. One of numbers alone is a
 * table up to a width, several of one column each are, and whatever scikit-learn's operators take.
 */
function isTable(model: OnnxModel, tensors: RowTensors): boolean {
  if (!fitsTable(tensors)) return false;
  const { inputs } = tensors;
  if ([...allNodes(model)].some(({ domain }) => domain === "ai.onnx.ml")) return true;
  if (model.producer.name === "skl2onnx") return true;
  const [only, ...others] = inputs;
  if (others.length > 0) return inputs.every((input) => widthOf(input) === 1);
  return only?.dtype.startsWith("float") === true && widthOf(only) <= COLUMNS_MAX;
}

/**
 * Whether the pipeline `tabular` can serve it: fixed numbers of columns, and outputs of fixed shape,
 * but for probabilities, which are as many as there are classes.
 */
export function fitsTable(tensors: RowTensors): boolean {
  const { inputs, outputs } = tensors;
  const { probabilities } = classOutputsOf(tensors);
  const isFixed = outputs.every(
    (output) =>
      output.dims.length <= 1 &&
      (output === probabilities || output.dims.every((dim) => typeof dim === "number")),
  );
  return isFixed && inputs.length > 0 && inputs.every((input) => widthOf(input) > 0);
}

/** Columns of an input `[batch, columns]` or `[batch]`; 0 for one of another or an open shape. */
export function widthOf({ dims }: RowTensor): number {
  const [width = 1, ...more] = dims;
  return typeof width === "number" && more.length === 0 ? width : 0;
}

/** Which outputs of a table are the predicted class, and how probable each class is. */
export interface ClassOutputs {
  readonly label: RowTensor | null;
  readonly probabilities: RowTensor | null;
}

/**
 * As scikit-learn's classifiers are exported: a label, and a float for each class. Others that have
 * both, such as distances to clusters, do not call them probabilities, and so neither is it here.
 */
export function classOutputsOf({ outputs }: RowTensors): ClassOutputs {
  const isSingle = ({ dims }: RowTensor): boolean => dims.length === 0 || dims[0] === 1;
  const labels = outputs.filter((it) => isSingle(it) && /^(?:u?int|string|bool)/.test(it.dtype));
  const floats = outputs.filter((it) => !isSingle(it) && it.dtype.startsWith("float"));
  const label = labels.length === 1 ? (labels[0] ?? null) : null;
  const named = floats.filter(({ name }) => /prob/i.test(name));
  const [probabilities = null] = named.length === 1 ? named : [];
  return { label, probabilities };
}

/** Whether an output comes out of a softmax or sigmoid, so that it holds probabilities. */
export function isProbability({ graph }: OnnxModel, output: string): boolean {
  const node = originOf(output, producersIn(graph), PASSING);
  return node?.opType === "Softmax" || node?.opType === "Sigmoid";
}

const PASSING = new Set(["Identity", "Cast", "Reshape", "Flatten", "Squeeze"]);
