import { CommandError } from "../../terminal/command.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import type { Questions } from "../../terminal/questions.ts";
import { askLabels } from "./ask-labels.ts";
import { imageOf, isProbability } from "./guess.ts";
import type { Planner } from "./plan.ts";
import type { RowTensor } from "./servable.ts";

/** What a graph may take for a pixel, and how that is written in a manifest. */
export const PIXELS = {
  "0..255": { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  "0..1": { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  "-1..1": { scale: 2 / 255, mean: [1, 1, 1], std: [1, 1, 1] },
  imagenet: { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
} as const;

/** ImageNet's habit: 224 is cut out of 256. Smaller images are taken whole. */
const CROPPED_FROM = 160;
const CROP_SHARE = 0.875;
const DEFAULT_SIZE = 224;

/**
 * A photograph in, its classes out.
 *
 * @throws {CommandError} when the graph takes no images
 */
export const planImage: Planner = async (model, tensors, questions) => {
  const shape = imageOf(tensors);
  if (shape === null) {
    throw new CommandError(
      `image-classification takes one input [batch, 3, size, size] of float32, or
[batch, size, size, 3] of float32 or uint8, and one output [batch, classes] of
float32; try --pipeline tensor`,
    );
  }
  const { input, output, layout } = shape;
  const crop =
    shape.size ??
    (await askSide(questions, "size", "Side of the square images, in pixels.", DEFAULT_SIZE));
  const pixels = await askPixels(input, questions);
  const usual = crop < CROPPED_FROM ? crop : Math.round(crop / CROP_SHARE);
  const text = `The shorter side is resized to how many pixels, before ${crop} are cut out?`;
  const resize = await askSide(questions, "resize", text, usual);
  const activation = activationOf(model, output.name, questions);
  const labels = await askLabels(questions, shape.classes);
  const sides = layout === "nchw" ? [3, crop, crop] : [crop, crop, 3];
  return {
    inputs: [{ ...input, dims: sides }],
    outputs: [{ ...output, dims: [labels.length] }],
    pipeline: {
      type: "image-classification",
      labels: "labels.json",
      resize,
      crop,
      kernel: "linear",
      layout,
      ...PIXELS[pixels],
      activation,
      top_k: { default: Math.min(5, labels.length), max: Math.min(100, labels.length) },
    },
    files: new Map([["labels.json", `${JSON.stringify(labels, null, 1)}\n`]]),
    facts: [
      ["pixels", `${pixels}, RGB, ${layout}; resized to ${resize}, ${crop} cut out`],
      ["outputs are", activation === "none" ? "probabilities" : "scores; softmax is done here"],
      ["classes", labels.map(({ label }) => label).join(", ")],
    ],
  };
};

async function askSide(
  questions: Questions,
  flag: string,
  text: string,
  byDefault: number,
): Promise<number> {
  const isSide = (answer: string): boolean => /^[1-9]\d{0,3}$/.test(answer);
  const fault = (answer: string): string | undefined =>
    isSide(answer) ? undefined : "is not a number of pixels from 1 to 9,999";
  return Number(await questions.ask({ flag, text, byDefault: String(byDefault), fault }));
}

/** uint8 is what a file holds. For floats there is no telling, and a wrong guess answers wrongly. */
export async function askPixels(
  { dtype }: RowTensor,
  questions: Questions,
): Promise<keyof typeof PIXELS> {
  if (dtype === "uint8") return "0..255";
  const choices = Object.keys(PIXELS).join(", ");
  const answer = await questions.ask({
    flag: "pixels",
    text: `Which values of pixels was it trained on: ${choices}?
(imagenet: 0..1, less mean 0.485 0.456 0.406, by std 0.229 0.224 0.225)`,
    fault: (given) => (isPixels(given) ? undefined : `is none of ${choices}`),
  });
  return isPixels(answer) ? answer : "0..255";
}

function isPixels(answer: string): answer is keyof typeof PIXELS {
  return Object.hasOwn(PIXELS, answer);
}

function activationOf(model: OnnxModel, output: string, questions: Questions): string {
  const guess = isProbability(model, output) ? "none" : "softmax";
  return questions.said("activation") ?? guess;
}
