import { z } from "zod";
import { fromBase64 } from "../../base64.ts";
import { ScoringError } from "../../error.ts";
import { ROW_BYTES_MAX, type PipelineContract } from "./contract.ts";

/** What the pipelines of images have in common. */

/** UTF-16 units of what stands before the comma of a data: URL. */
const HEADER_MAX = 1000;

/** The smallest PNG: one grey pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

/** How pixels in between are made when an image is resized. */
export const kernel = z.enum(["cubic", "linear", "lanczos3", "nearest"]).default("cubic");
export type Kernel = z.infer<typeof kernel>;

/** Whether the three channels of an input come last or first. */
export const layout = z.enum(["nhwc", "nchw"]);
export type Layout = z.infer<typeof layout>;

const channels = z.tuple([z.number(), z.number(), z.number()]);

/** What becomes of a pixel. */
export const pixelValues = {
  scale: z.number().default(1).describe("value = (pixel * scale - mean) / std, per channel, RGB."),
  mean: channels.default([0, 0, 0]),
  std: channels.default([1, 1, 1]),
};

export interface PixelValues {
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

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

/** The members of a contract whose row is an image file: JPEG, PNG or WebP. */
export const imageFile = {
  input: inputSchema,
  media: ["image/jpeg", "image/png", "image/webp", "application/octet-stream"],
  rowOfBody,
  inputOf: (row: Buffer) => ({ image: row.toString("base64") }),
} satisfies Partial<PipelineContract>;

export const imageExample = () => ({ image: PNG });

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
