import { fileTypeFromBuffer } from "file-type";
import sharp, { type Metadata, type Region } from "sharp";
import { ScoringError } from "../../../shared/error.ts";
import { messageOf } from "../../../shared/message-of.ts";
import type { Kernel } from "../../../shared/model/pipelines/images.ts";
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

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is made of an image: all of it resized to `size`, whatever its shape, and of that `region`. */
export interface Frame {
  readonly size: Size;
  /** Without one, the whole. */
  readonly region?: Region;
}

/** An image file as a network sees it. */
export interface DecodedImage {
  /** RGB, row-major, three bytes a pixel of the frame. */
  readonly pixels: Uint8Array;
  /** Of the file's image, upright. */
  readonly original: Size;
}

/**
 * Turns an image file into what a network sees: upright (EXIF), sRGB, 8 bit, alpha on white, resized
 * and cut. The frame is part of decoding, so that of a very long image only what is wanted of it is
 * ever computed.
 *
 * @param frameOf of the upright image
 * @throws {ScoringError} `unsupported_media_type` for other formats, by name; `invalid_input` for
 *   broken, animated or too large images
 */
export async function decodeImage(
  file: Buffer,
  kernel: Kernel,
  frameOf: (original: Size) => Frame,
): Promise<DecodedImage> {
  const header = await readHeader(file);
  const original = uprightSize(header);
  const { size, region } = frameOf(original);
  try {
    const image = sharp(file, {
      autoOrient: true,
      failOn: "error",
      ignoreIcc: header.icc !== undefined && isSrgb(header.icc),
      limitInputPixels: PIXELS_MAX,
      pages: 1,
    })
      .timeout({ seconds: DECODE_SECONDS_MAX })
      .resize({ ...size, fit: "fill", kernel });
    const { data, info } = await (region === undefined ? image : image.extract(region))
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels`);
    return { pixels: data, original };
  } catch (cause) {
    throw new ScoringError("invalid_input", `The image cannot be decoded: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

/** Orientations from 5 on lie on their side. */
function uprightSize({ width, height, orientation = 1 }: Metadata): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
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
