import { fileTypeFromBuffer } from "file-type";
import sharp, { type Metadata, type Region, type ResizeOptions } from "sharp";
import { ScoringError } from "../../../../shared/error.ts";
import type { ImageClassificationSettings } from "../../../../shared/model/pipelines/image-classification/definition.ts";
import { messageOf } from "../../../../shared/message-of.ts";
import { isSrgb } from "./srgb-profile.ts";

/** Most pixels of an image; 64 megapixels hold every phone's photographs. */
export const PIXELS_MAX = 64_000_000;
const DECODE_SECONDS_MAX = 10;
/** As much of a file as says its format; the parsers of containers would go through all of it. */
const LOOKED_AT_BYTES = 4100;

// Everything libvips could open is shut, then the three formats we serve are opened: SVG, PDF, GIF,
// TIFF and the rest have parsers that strangers' bytes must not reach.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer", "VipsForeignLoadWebpBuffer"],
});
sharp.concurrency(1); // one core a slot
sharp.cache(false);

/**
 * Turns an image file into what a network sees: upright (EXIF), sRGB, 8 bit, alpha on white, the
 * shorter side resized, the centre cropped.
 *
 * @returns RGB, row-major, `crop * crop * 3` bytes
 * @throws {ScoringError} `unsupported_media_type` for other formats, by name; `invalid_input` for
 *   broken, animated or too large images
 */
export async function decodeImage(
  file: Buffer,
  { resize, crop, kernel }: Pick<ImageClassificationSettings, "resize" | "crop" | "kernel">,
): Promise<Uint8Array> {
  const header = await readHeader(file);
  const { size, region } = frame(header, { resize, crop });
  try {
    const { data, info } = await sharp(file, {
      autoOrient: true,
      failOn: "error",
      ignoreIcc: header.icc !== undefined && isSrgb(header.icc),
      limitInputPixels: PIXELS_MAX,
      pages: 1,
    })
      .timeout({ seconds: DECODE_SECONDS_MAX })
      .resize({ ...size, kernel })
      .extract(region)
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels`);
    return data;
  } catch (cause) {
    throw new ScoringError("invalid_input", `The image cannot be decoded: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

/**
 * Where the shorter side of an upright image is resized to `resize` pixels, and its centre cropped.
 * The crop is part of the pipeline, so that of a very long image only the centre is ever computed.
 */
function frame(
  { width, height, orientation = 1 }: Metadata,
  { resize, crop }: Pick<ImageClassificationSettings, "resize" | "crop">,
): { readonly size: ResizeOptions; readonly region: Region } {
  const isTurned = orientation >= 5;
  const [across, down] = isTurned ? [height, width] : [width, height];
  const scale = resize / Math.min(across, down);
  const [w, h] = [Math.round(across * scale), Math.round(down * scale)];
  return {
    size: { width: w, height: h, fit: "fill" },
    region: {
      left: Math.floor((w - crop) / 2),
      top: Math.floor((h - crop) / 2),
      width: crop,
      height: crop,
    },
  };
}

/** Reads the header only: what is refused here never reaches a decoder. */
async function readHeader(file: Buffer): Promise<Metadata> {
  let header: Metadata;
  try {
    header = await sharp(file, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw await unreadable(file, cause);
  }
  const { width, height } = header;
  if (width * height > PIXELS_MAX) {
    throw new ScoringError(
      "invalid_input",
      `The image is ${width} x ${height} pixels; at most ${PIXELS_MAX} pixels are decoded.`,
    );
  }
  if ((header.pages ?? 1) > 1 || isAnimatedPng(file)) {
    throw new ScoringError("invalid_input", "The image is animated or has several pages.");
  }
  return header;
}

async function unreadable(file: Buffer, cause: unknown): Promise<ScoringError> {
  const name = await nameFormat(file);
  if (name !== undefined) {
    return new ScoringError(
      "unsupported_media_type",
      `The file is ${name}; images must be JPEG, PNG or WebP.`,
      { cause },
    );
  }
  return new ScoringError(
    "invalid_input",
    "This is not a readable image: its header is broken, or it is not an image at all.",
    { cause },
  );
}

/** The name of a format we know and do not serve; undefined for ours when broken, and for noise. */
async function nameFormat(file: Buffer): Promise<string | undefined> {
  const beginning = file.subarray(0, LOOKED_AT_BYTES);
  if (isSvg(beginning.toString("latin1"))) return "SVG";
  const type = await fileTypeFromBuffer(beginning).catch(() => undefined);
  if (type === undefined || ["jpg", "png", "webp"].includes(type.ext)) return undefined;
  return type.ext.toUpperCase();
}

/** XML whose first element, or document type, is `svg`; each character is looked at once. */
function isSvg(text: string): boolean {
  let rest = text.trimStart();
  if (rest.startsWith("<?xml")) rest = behind(rest, ">");
  while (rest.startsWith("<!--")) rest = behind(rest, "-->");
  const tag = rest.slice(0, 20).toLowerCase();
  return tag.startsWith("<svg") || /^<!doctype\s+svg/.test(tag);
}

/** What comes after `end` and the blanks behind it; nothing where it is not there. */
function behind(text: string, end: string): string {
  const at = text.indexOf(end);
  return at < 0 ? "" : text.slice(at + end.length).trimStart();
}

/** libvips shows an animated PNG as its first frame; the chunk that says so comes before the data. */
function isAnimatedPng(file: Buffer): boolean {
  if (file.readUInt32BE(0) !== 0x89504e47) return false;
  const data = file.indexOf("IDAT");
  const control = file.indexOf("acTL");
  return control !== -1 && (data === -1 || control < data);
}

/** libvips tells several lines, the first of which is enough for a person. */
function reasonOf(cause: unknown): string {
  return messageOf(cause).split("\n")[0]?.slice(0, 200) ?? "";
}
