import type { OnnxModel } from "../onnx/graph.ts";
import { namesOf } from "./python-names.ts";
import type { RowTensor, RowTensors } from "./servable.ts";

/** How a graph says where things are in an image; what it leaves open is null. */
export interface DetectorShape {
  readonly input: RowTensor;
  readonly layout: "nchw" | "nhwc";
  readonly width: number | null;
  readonly height: number | null;
  readonly decoder: "yolo" | "end_to_end" | "detr";
  readonly boxes: RowTensor;
  /** Of detr. */
  readonly scores: RowTensor | null;
  readonly objectness: boolean;
  /** Scores of a candidate; with detr, one of them may mean that there is nothing. */
  readonly scoreCount: number | null;
  /** Names of the classes, where the file says them. */
  readonly names: readonly string[] | null;
  /** Whether Ultralytics' tools wrote the file, and it says so. */
  readonly isUltralytics: boolean;
}

/** Chosen boxes are few; candidates among which a graph has not chosen are thousands. */
const CHOSEN_MAX = 1000;
/** Pixels of the input from one candidate to the next, in the networks that there are. */
const STRIDES = [
  [8, 16, 32],
  [8, 16, 32, 64],
  [16, 32],
] as const;
/** Boxes at each candidate. */
const ANCHORS = [1, 3] as const;

/**
 * What of a graph with one image as input and the outputs of a detector; null for any other.
 *
 * @param isSaid whether a person says that it is one. Without that, a matrix for an image may be
 *   anything, unless the file says so, or it has as many candidates as a YOLO of the input's size
 */
export function detectorOf(
  model: OnnxModel,
  { inputs, outputs }: RowTensors,
  isSaid: boolean,
): DetectorShape | null {
  const [input, ...others] = inputs;
  const image = input === undefined || others.length > 0 ? null : imageInput(input, model);
  if (input === undefined || image === null) return null;
  const isUltralytics = model.metadata.get("task") === "detect";
  const names = isUltralytics ? namesOf(model.metadata.get("names") ?? "") : null;
  const common = { input, ...image, names, isUltralytics };
  const matrices = outputs.filter(
    (output) => output.dtype === "float32" && ownDims(output).length === 2,
  );
  const pair = boxesAndScores(matrices);
  if (pair !== null) {
    const scoreCount = sizeOf(ownDims(pair.scores)[1]);
    return { ...common, ...pair, decoder: "detr", objectness: false, scoreCount };
  }
  const [boxes, ...more] = matrices;
  if (boxes === undefined || more.length > 0) return null;
  const shape = matrixShape(boxes, names);
  if (shape === null) return null;
  const isKnown = isSaid || isUltralytics || shape.decoder === "end_to_end";
  if (!isKnown && !isGrid(shape.candidates, image)) return null;
  const { decoder, objectness, scoreCount } = shape;
  return { ...common, decoder, boxes, scores: null, objectness, scoreCount };
}

/** Three channels; a side that is open is what `imgsz` says, where Ultralytics' tools wrote it. */
function imageInput(
  input: RowTensor,
  { metadata }: OnnxModel,
): Pick<DetectorShape, "layout" | "width" | "height"> | null {
  const dims = ownDims(input);
  if (dims.length !== 3 || (input.dtype !== "float32" && input.dtype !== "uint8")) return null;
  const layout = dims[0] === 3 ? "nchw" : "nhwc";
  if (layout === "nhwc" && dims[2] !== 3) return null;
  const [height, width] = layout === "nchw" ? dims.slice(1) : dims;
  const said = /^\[(\d+), (\d+)\]$/.exec(metadata.get("imgsz") ?? "");
  return {
    layout,
    height: sizeOf(height) ?? (said === null ? null : Number(said[1])),
    width: sizeOf(width) ?? (said === null ? null : Number(said[2])),
  };
}

/** An output of four numbers and one of scores for as many candidates. */
function boxesAndScores(
  matrices: readonly RowTensor[],
): { readonly boxes: RowTensor; readonly scores: RowTensor } | null {
  const fours = matrices.filter((one) => ownDims(one)[1] === 4);
  const boxes = fours.length === 1 ? fours[0] : fours.find(({ name }) => /box|coord/i.test(name));
  const [candidates] = boxes === undefined ? [] : ownDims(boxes);
  const rest = matrices.filter((one) => one !== boxes && ownDims(one)[0] === candidates);
  const scores =
    rest.length === 1 ? rest[0] : rest.find(({ name }) => /logit|score|class|prob/i.test(name));
  return boxes === undefined || scores === undefined ? null : { boxes, scores };
}

interface MatrixShape {
  readonly decoder: "yolo" | "end_to_end";
  readonly objectness: boolean;
  readonly scoreCount: number | null;
  readonly candidates: number | null;
}

/**
 * `[4 + classes, candidates]` as YOLO since version 8 has it, `[candidates, 5 + classes]` as up to version 7
 * and YOLOX, or `[boxes, 6]` when the graph chooses.
 */
function matrixShape(boxes: RowTensor, names: readonly string[] | null): MatrixShape | null {
  const [first, second] = ownDims(boxes).map(sizeOf);
  const isOf = (members: number): boolean => names === null || names.length === members;
  if (second === 6 && first !== 6 && (first ?? 0) <= CHOSEN_MAX) {
    return {
      decoder: "end_to_end",
      objectness: false,
      scoreCount: null,
      candidates: first ?? null,
    };
  }
  if (typeof first === "number" && first > 4 && first < (second ?? Infinity) && isOf(first - 4)) {
    const candidates = second ?? null;
    return { decoder: "yolo", objectness: false, scoreCount: first - 4, candidates };
  }
  if (
    typeof second === "number" &&
    second > 5 &&
    second < (first ?? Infinity) &&
    isOf(second - 5)
  ) {
    return { decoder: "yolo", objectness: true, scoreCount: second - 5, candidates: first ?? null };
  }
  return null;
}

/** Whether an image has as many candidates as one of the known grids gives it. */
function isGrid(
  candidates: number | null,
  { width, height }: Pick<DetectorShape, "width" | "height">,
): boolean {
  if (candidates === null || width === null || height === null) return false;
  const counts = STRIDES.flatMap((strides) => {
    const cells = strides.map((stride) => Math.ceil(width / stride) * Math.ceil(height / stride));
    const sum = cells.reduce((total, count) => total + count, 0);
    return ANCHORS.map((anchors) => sum * anchors);
  });
  return counts.includes(candidates);
}

/** Without the batch of one that a row has where the graph is fixed to one image. */
export function ownDims({ dims }: RowTensor): RowTensor["dims"] {
  const first = dims.findIndex((dim) => dim !== 1);
  return dims.slice(first === -1 ? dims.length : first);
}

function sizeOf(dim: number | string | null | undefined): number | null {
  return typeof dim === "number" ? dim : null;
}
