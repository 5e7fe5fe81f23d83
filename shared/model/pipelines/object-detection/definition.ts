import { z } from "zod";
import { dimensionNames } from "../../tensor/dimensions.ts";
import type { ModelTensors } from "../../tensor/settings.ts";
import type { PipelineContract } from "../contract.ts";
import { definePipeline, type Report } from "../definition.ts";
import { imageExample, imageFile, kernel, layout, pixelValues } from "../images.ts";
import { fileName, fraction, topKParameter, topKSchema } from "../members.ts";
import { rankedClasses } from "../ranked-versions.ts";
import { compareDetections, detectionVersions } from "./compare.ts";
import { imageSize } from "./image-size.ts";

const colour = z.int().min(0).max(255);

const settings = z.strictObject({
  type: z.literal("object-detection"),
  labels: fileName.describe("JSON: an array of {label}, one per class, in order."),
  resize: z
    .enum(["letterbox", "stretch"])
    .describe("Whether an image keeps its shape, and what is left of the input is filled."),
  align: z
    .enum(["centre", "top_left"])
    .default("centre")
    .describe("Where in the input a letterboxed image stands."),
  fill: z.tuple([colour, colour, colour]).default([114, 114, 114]).describe("Its margins, RGB."),
  kernel,
  layout,
  channels: z.enum(["rgb", "bgr"]).default("rgb").describe("Their order in the input."),
  ...pixelValues,
  decoder: z
    .enum(["yolo", "end_to_end", "detr"])
    .describe(
      "yolo: box and score of each class; end_to_end: box, score, class; detr: boxes and scores in outputs of their own.",
    ),
  boxes: z.string().min(1).describe("The output that has the boxes."),
  scores: z.string().min(1).optional().describe("detr: the output that has the scores."),
  box: z.enum(["cxcywh", "xyxy", "xywh"]).describe("What the four numbers of a box are."),
  unit: z
    .enum(["pixels", "share"])
    .describe("Whether these are pixels of the input, or shares of its sides."),
  objectness: z
    .boolean()
    .default(false)
    .describe("yolo: whether a score for any class stands before those of the classes."),
  no_object: z
    .enum(["none", "first", "last"])
    .default("none")
    .describe("detr: which of the scores means that there is nothing."),
  activation: z
    .enum(["none", "sigmoid", "softmax"])
    .describe("What turns the outputs into scores from 0 to 1."),
  threshold: z
    .strictObject({ default: fraction })
    .default({ default: 0.25 })
    .describe("Detections with a lower score are left out."),
  iou_threshold: z
    .strictObject({ default: fraction })
    .nullable()
    .default(null)
    .describe(
      "Of boxes of one class that overlap by more than this, the best stays; null: all stay.",
    ),
  top_k: topKSchema(1000).default({ default: 100, max: 300 }),
});

export type ObjectDetectionSettings = z.infer<typeof settings>;

const pixel = z.number().min(0);

const outputSchema = z.strictObject({
  detections: z
    .array(
      z.strictObject({
        label: z.string().describe("Name of the class."),
        index: z.int().min(0).describe("Position of the class in the model's output."),
        score: fraction,
        box: z
          .strictObject({ xmin: pixel, ymin: pixel, xmax: pixel, ymax: pixel })
          .describe("In pixels of `image`, from its left and top; fractions are likely."),
      }),
    )
    .describe("Highest score first; empty when none reaches the threshold."),
  image: z
    .strictObject({ width: z.int().positive(), height: z.int().positive() })
    .describe("The image as it is shown, turned as its EXIF orientation says; in pixels."),
});

/** A row is an image file: JPEG, PNG or WebP. */
export const objectDetection = definePipeline({
  settings,
  // As many boxes as a graph gives; `check` sees to the input.
  isVarying: true,
  check,
  contract: contractOf,
  compare: compareDetections,
  versions: detectionVersions,
  classes: ({ labels }, read) => {
    const named = { list: "detections", names: ["label", "index"], canBeNone: true };
    return { ...rankedClasses(read(labels), named), areMany: true };
  },
  example: imageExample,
});

function contractOf({
  threshold,
  iou_threshold: overlap,
  top_k: topK,
}: ObjectDetectionSettings): PipelineContract {
  const parameters = z.strictObject({
    top_k: topKParameter(topK, "How many detections to return at most, highest score first."),
    threshold: fraction
      .default(threshold.default)
      .describe("Detections with a lower score are left out."),
  });
  const overlapping = (usual: number) => ({
    iou_threshold: fraction
      .default(usual)
      .describe(
        "Of boxes of one class whose overlap (intersection over union) is more than this, the best stays.",
      ),
  });
  return {
    ...imageFile,
    output: outputSchema,
    parameters: overlap === null ? parameters : parameters.extend(overlapping(overlap.default)),
  };
}

function check(given: ObjectDetectionSettings, report: Report, tensors: ModelTensors): void {
  checkInput(given, report, tensors);
  checkOutputs(given, report, tensors);
  checkDecoder(given, report);
}

function checkInput(
  { layout: order }: ObjectDetectionSettings,
  report: Report,
  { inputs }: ModelTensors,
): void {
  const [input, ...others] = inputs;
  const [varying] = dimensionNames(inputs);
  if (varying !== undefined) report([], `cannot have "${varying}" of its input vary`);
  else if (others.length > 0) report([], "takes one input");
  else if (input === undefined || imageSize(input, order) === undefined) {
    const shape = order === "nhwc" ? "[batch, height, width, 3]" : "[batch, 3, height, width]";
    report(["layout"], `${order} takes an input ${shape}`);
  } else if (input.dtype !== "float32" && input.dtype !== "uint8") {
    report([], `takes an input of float32 or uint8, not of ${input.dtype}`);
  }
}

function checkOutputs(
  given: ObjectDetectionSettings,
  report: Report,
  { outputs }: ModelTensors,
): void {
  for (const member of ["boxes", "scores"] as const) {
    const name = given[member];
    if (name === undefined) continue;
    const output = outputs.find((one) => one.name === name);
    if (output === undefined) report([member], "is not an output");
    else if (output.dtype !== "float32") report([member], `is of ${output.dtype}, not of float32`);
  }
}

/** What only some decoders have. */
function checkDecoder(given: ObjectDetectionSettings, report: Report): void {
  const { decoder, scores, no_object: noObject, objectness, activation } = given;
  const strange = `has no meaning with ${decoder}`;
  if (objectness && decoder !== "yolo") report(["objectness"], strange);
  if (decoder === "detr") {
    if (scores === undefined) report(["scores"], "is needed with detr");
    return;
  }
  if (scores !== undefined) report(["scores"], strange);
  if (noObject !== "none") report(["no_object"], strange);
  if (activation === "softmax" || (activation === "sigmoid" && decoder === "end_to_end")) {
    report(["activation"], strange);
  }
}
