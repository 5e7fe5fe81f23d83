import { fileTypeFromBuffer } from "file-type";
import sharp, { type Metadata } from "sharp";
import { ScoringError } from "../../../shared/error.ts";
import type { ImageClassificationSettings } from "../../../shared/model/manifest.ts";

/** Most pixels of an image; 64 megapixels hold every phone's photographs. */
export const PIXELS_MAX = 64_000_000;
const DECODE_SECONDS_MAX = 10;

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
  await checkHeader(file);
  const edge = Math.floor((resize - crop) / 2);
  try {
    const { data, info } = await sharp(file, {
      autoOrient: true,
      failOn: "error",
      limitInputPixels: PIXELS_MAX,
      pages: 1,
    })
      .timeout({ seconds: DECODE_SECONDS_MAX })
      .resize({ width: resize, height: resize, fit: "cover", kernel })
      .extract({ left: edge, top: edge, width: crop, height: crop })
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return data;
    throw new Error(`decoded to ${info.channels} channels`);
  } catch (cause) {
    throw new ScoringError("invalid_input", `The image cannot be decoded: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

/** Reads the header only: what is refused here never reaches a decoder. */
async function checkHeader(file: Buffer): Promise<void> {
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
}

async function unreadable(file: Buffer, cause: unknown): Promise<ScoringError> {
  const name = await nameFormat(file);
  if (name !== undefined) {
    return new ScoringError(
      "unsupported_media_type",
      `This is a ${name} file; images must be JPEG, PNG or WebP.`,
      { cause },
    );
  }
  return new ScoringError(
    "invalid_input",
    "These bytes are not an image that can be read: its header is broken or it is none.",
    { cause },
  );
}

/** The name of a format we know and do not serve; undefined for ours when broken, and for noise. */
async function nameFormat(file: Buffer): Promise<string | undefined> {
  if (
    /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+)?svg/is.test(
      file.toString("latin1", 0, 1024),
    )
  ) {
    return "SVG";
  }
  const type = await fileTypeFromBuffer(file).catch(() => undefined);
  if (type === undefined || ["jpg", "png", "webp"].includes(type.ext)) return undefined;
  return type.ext.toUpperCase();
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
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split("\n")[0]?.slice(0, 200) ?? "";
}
