import { CommandError, UsageError } from "../../terminal/command.ts";
import type { Questions } from "../../terminal/questions.ts";
import { askLabels } from "./ask-labels.ts";
import { detectorOf, type DetectorShape } from "./guess-detector.ts";
import { readLabels, type ClassLabel } from "./lists.ts";
import { askPixels, PIXELS } from "./plan-image.ts";
import type { Planner } from "./plan.ts";
import type { RowTensor } from "./servable.ts";

const DEFAULT_SIZE = 640;
const SIDE_MAX = 4096;
/** Of images of 640 x 640, a run of more takes a gigabyte and is no quicker. */
const BATCH_SIZE = 8;

/** Ultralytics' defaults; other detectors are evaluated with much the same. */
const OVERLAP = { default: 0.7 };
const TOP_K = { default: 100, max: 300 };

/**
 * A photograph in, what is where in it out.
 *
 * @throws {CommandError} when the graph is no detector
 */
export const planDetector: Planner = async (model, tensors, questions) => {
  const shape = detectorOf(model, tensors, true);
  if (shape === null) {
    throw new CommandError(
      `object-detection takes one input [batch, 3, height, width] of float32, or
[batch, height, width, 3] of float32 or uint8, and as outputs of float32
[batch, 4 + classes, candidates], [batch, candidates, 5 + classes], [batch, boxes, 6],
or [batch, boxes, 4] and [batch, boxes, classes]; leave others out with
--outputs, or try --pipeline tensor`,
    );
  }
  const { input, layout, decoder, boxes, scores } = shape;
  const { width, height } = await askSize(shape, questions);
  const pixels = await pixelsOf(shape, questions);
  const resize = resizeOf(shape, questions);
  const classes = await classesOf(shape, questions);
  const { labels, noObject } = classes;
  const activation = activationOf(shape, noObject, questions);
  const sides = layout === "nchw" ? [3, height, width] : [height, width, 3];
  const ofOne = input.dims.slice(0, -sides.length);
  return {
    inputs: [{ ...input, dims: [...ofOne, ...sides] }],
    outputs: (scores === null ? [boxes] : [boxes, scores]).map(named),
    pipeline: {
      type: "object-detection",
      labels: "labels.json",
      resize,
      layout,
      ...PIXELS[pixels],
      kernel: "linear",
      decoder,
      boxes: boxes.name,
      ...(scores === null ? {} : { scores: scores.name }),
      box: decoder === "end_to_end" ? "xyxy" : "cxcywh",
      unit: decoder === "detr" ? "share" : "pixels",
      ...(shape.objectness ? { objectness: true } : {}),
      ...(noObject === "none" ? {} : { no_object: noObject }),
      activation,
      ...(decoder === "yolo" ? { iou_threshold: OVERLAP } : {}),
      top_k: TOP_K,
    },
    batchSize: BATCH_SIZE,
    files: new Map([["labels.json", `${JSON.stringify(labels, null, 1)}\n`]]),
    facts: [
      ["pixels", `${pixels}, RGB, ${layout}; ${width} x ${height}, ${resize}`],
      ["boxes are", `${READS[decoder]}${shape.objectness ? ", with objectness" : ""}`],
      ["classes", labels.map(({ label }) => label).join(", ")],
    ],
  };
};

/** How many boxes there are follows from the size; exporters may call their number by a long formula. */
function named(output: RowTensor): RowTensor {
  return { ...output, dims: output.dims.map((dim) => (typeof dim === "number" ? dim : "boxes")) };
}

const READS = {
  yolo: "as YOLO has them; of those that overlap, the best is taken here",
  end_to_end: "chosen by the graph",
  detr: "in one output, their scores in another, as DETR has them",
} as const;

/** Ultralytics trains on 0 to 1, and its files say who wrote them. */
async function pixelsOf(
  { input, isUltralytics }: DetectorShape,
  questions: Questions,
): Promise<keyof typeof PIXELS> {
  const isKnown = isUltralytics && input.dtype === "float32";
  return isKnown && questions.said("pixels") === undefined ? "0..1" : askPixels(input, questions);
}

async function askSize(
  { width, height }: DetectorShape,
  questions: Questions,
): Promise<{ readonly width: number; readonly height: number }> {
  if (width !== null && height !== null) return { width, height };
  const answer = await questions.ask({
    flag: "size",
    text: "Size of the images it takes, in pixels: 640, or WIDTHxHEIGHT.",
    byDefault: String(DEFAULT_SIZE),
    fault: (given) =>
      sidesOf(given) === null ? `is not a size such as 640 or 640x480` : undefined,
  });
  const [across = DEFAULT_SIZE, down = across] = sidesOf(answer) ?? [];
  return { width: width ?? across, height: height ?? down };
}

function sidesOf(answer: string): readonly number[] | null {
  const sides = /^([1-9]\d{0,3})(?:x([1-9]\d{0,3}))?$/.exec(answer)?.slice(1).filter(Boolean);
  const numbers = sides?.map(Number) ?? [];
  return numbers.length > 0 && numbers.every((side) => side <= SIDE_MAX) ? numbers : null;
}

function resizeOf({ decoder }: DetectorShape, questions: Questions): string {
  const said = questions.said("resize") ?? (decoder === "detr" ? "stretch" : "letterbox");
  if (said === "letterbox" || said === "stretch") return said;
  throw new UsageError(`--resize ${said}: for object-detection it is letterbox or stretch`);
}

interface Classes {
  readonly labels: readonly ClassLabel[];
  readonly noObject: "none" | "last";
}

/**
 * Names of the classes: those that are said, those in the file, or numbered ones. With detr, a score
 * more than there are names means that there is nothing, and nobody says otherwise without names
 * unless a sigmoid is.
 */
async function classesOf(shape: DetectorShape, questions: Questions): Promise<Classes> {
  const { decoder, scoreCount, names } = shape;
  const said = questions.said("labels");
  if (said === undefined && names !== null) {
    return { labels: names.map((label) => ({ label })), noObject: "none" };
  }
  if (decoder !== "detr" || scoreCount === null) {
    return { labels: await askLabels(questions, scoreCount), noObject: "none" };
  }
  const isAll = said === undefined && questions.said("activation") === "sigmoid";
  const hasAll = said !== undefined && readLabels(said).length === scoreCount;
  const isWhole = isAll || hasAll;
  const labels = await askLabels(questions, isWhole ? scoreCount : scoreCount - 1);
  return { labels, noObject: isWhole ? "none" : "last" };
}

const ACTIVATIONS = ["none", "sigmoid", "softmax"];

function activationOf(
  { decoder }: DetectorShape,
  noObject: Classes["noObject"],
  questions: Questions,
): string {
  const ofDetr = noObject === "last" ? "softmax" : "sigmoid";
  const said = questions.said("activation") ?? (decoder === "detr" ? ofDetr : "none");
  if (ACTIVATIONS.includes(said)) return said;
  throw new UsageError(`--activation ${said}: is none of ${ACTIVATIONS.join(", ")}`);
}
