import { z } from "zod";
import { compareRanked } from "../compare.ts";
import { definePipeline } from "../definition.ts";
import { imageExample, imageFile, kernel, layout, pixelValues } from "../images.ts";
import { fileName, topKParameter, topKSchema } from "../members.ts";
import { rankedClasses, rankedVersions } from "../ranked-versions.ts";

const settings = z.strictObject({
  type: z.literal("image-classification"),
  labels: fileName.describe("JSON: an array of {label, wnid}, one per class, in order."),
  resize: z.int().positive().describe("The shorter side is resized to this many pixels."),
  crop: z.int().positive().describe("Then the centre square of this many pixels is taken."),
  kernel,
  layout,
  ...pixelValues,
  activation: z.enum(["softmax", "none"]).describe("What turns the outputs into probabilities."),
  top_k: topKSchema(1000).default({ default: 5, max: 100 }),
});

export type ImageClassificationSettings = z.infer<typeof settings>;

const outputSchema = z.strictObject({
  predictions: z
    .array(
      z.strictObject({
        label: z.string().describe("Name of the class."),
        index: z.int().min(0).describe("Position of the class in the model's output."),
        wnid: z.string().optional().describe("WordNet id of the class."),
        probability: z.number().min(0).max(1),
      }),
    )
    .describe("Most probable first."),
});

const ranked = { list: "predictions", names: ["wnid", "label", "index"] };

/** A row is an image file: JPEG, PNG or WebP. */
export const imageClassification = definePipeline({
  settings,
  contract: ({ top_k: topK }) => ({
    ...imageFile,
    output: outputSchema,
    parameters: z.strictObject({
      top_k: topKParameter(topK, "How many classes to return, most probable first."),
    }),
  }),
  compare: compareRanked,
  versions: rankedVersions(ranked),
  classes: ({ labels }, read) => rankedClasses(read(labels), { ...ranked, canBeNone: false }),
  example: imageExample,
});
