import { z } from "zod";
import { fromBase64 } from "../../../base64.ts";
import { ScoringError } from "../../../error.ts";
import { compareRanked } from "../compare.ts";
import { ROW_BYTES_MAX } from "../contract.ts";
import { definePipeline } from "../definition.ts";
import { fileName, topKParameter, topKSchema } from "../members.ts";
import { rankedClasses, rankedVersions } from "../ranked-versions.ts";

/** UTF-16 units of what stands before the comma of a data: URL. */
const HEADER_MAX = 1000;

/** The smallest PNG: one grey pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

const channels = z.tuple([z.number(), z.number(), z.number()]);

const settings = z.strictObject({
  type: z.literal("image-classification"),
  labels: fileName.describe("JSON: an array of {label, wnid}, one per class, in order."),
  resize: z.int().positive().describe("The shorter side is resized to this many pixels."),
  crop: z.int().positive().describe("Then the centre square of this many pixels is taken."),
  kernel: z.enum(["cubic", "linear", "lanczos3", "nearest"]).default("cubic"),
  layout: z.enum(["nhwc", "nchw"]),
  scale: z.number().default(1).describe("value = (pixel * scale - mean) / std, per channel, RGB."),
  mean: channels.default([0, 0, 0]),
  std: channels.default([1, 1, 1]),
  activation: z.enum(["softmax", "none"]).describe("What turns the outputs into probabilities."),
  top_k: topKSchema(1000).default({ default: 5, max: 100 }),
});

export type ImageClassificationSettings = z.infer<typeof settings>;

const inputSchema = z
  .strictObject({
    image: z
      .string()
      .describe("A JPEG, PNG or WebP file as base64 or as a data: URL, 16 MiB at most.")
      .meta({ contentEncoding: "base64" }),
  })
  .transform(({ image }, context) => {
    const bytes = decodeImage(image);
    if (typeof bytes !== "string") return bytes;
    context.addIssue({ code: "custom", path: ["image"], message: bytes });
    return z.NEVER;
  });

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
    input: inputSchema,
    output: outputSchema,
    parameters: z.strictObject({
      top_k: topKParameter(topK, "How many classes to return, most probable first."),
    }),
    media: ["image/jpeg", "image/png", "image/webp", "application/octet-stream"],
    rowOfBody,
    inputOf: (row) => ({ image: row.toString("base64") }),
  }),
  compare: compareRanked,
  versions: rankedVersions(ranked),
  classes: ({ labels }, read) => rankedClasses(read(labels), { ...ranked, canBeNone: false }),
  example: () => ({ image: PNG }),
});

/** @returns the file, or what is wrong with the text */
function decodeImage(image: string): Buffer | string {
  const scheme = image.slice(0, 6).toLowerCase();
  if (scheme.startsWith("http:") || scheme === "https:") {
    return "is a URL; URLs are not fetched, send the file itself";
  }
  const from = scheme.startsWith("data:") ? endOfHeader(image) : 0;
  if (from === undefined) return "is a data: URL that is not base64";
  const bytes = fromBase64(image, from, "folded");
  if (bytes === undefined) return "is not base64";
  if (bytes.length === 0) return "is empty";
  return bytes.length > ROW_BYTES_MAX ? `is larger than ${ROW_BYTES_MAX} bytes` : bytes;
}

/** Where the base64 of a data: URL begins (RFC 2397); undefined when it has none. */
function endOfHeader(image: string): number | undefined {
  const header = image.slice(0, HEADER_MAX);
  const comma = Math.max(0, header.indexOf(","));
  return header.slice(0, comma).toLowerCase().endsWith(";base64") ? comma + 1 : undefined;
}

function rowOfBody(body: Buffer): Buffer {
  if (body.length === 0) throw new ScoringError("invalid_input", "The image is empty.");
  if (body.length <= ROW_BYTES_MAX) return body;
  throw new ScoringError("payload_too_large", `The image is larger than ${ROW_BYTES_MAX} bytes.`);
}
