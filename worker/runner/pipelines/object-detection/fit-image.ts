import type { Box } from "../../../../shared/model/pipelines/object-detection/boxes.ts";
import type { ObjectDetectionSettings } from "../../../../shared/model/pipelines/object-detection/definition.ts";
import { decodeImage, type Size } from "../decode-image.ts";

/** Where in a model's input an image stands: all of it, resized to `size`. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly size: Size;
}

/** An image as the model sees it, and what brings its boxes back. */
export interface FittedImage {
  /** RGB, row-major, three bytes a pixel of the input. */
  readonly pixels: Uint8Array;
  readonly original: Size;
  readonly area: Area;
}

type Fit = Pick<ObjectDetectionSettings, "resize" | "align" | "fill" | "kernel">;

/** Decodes an image and fits it into an input of `input` pixels. @throws {ScoringError} as `decodeImage` does */
export async function fitImage(file: Buffer, input: Size, settings: Fit): Promise<FittedImage> {
  const { kernel, fill } = settings;
  const { pixels, original } = await decodeImage(file, kernel, (size) => ({
    size: areaIn(input, size, settings).size,
  }));
  const area = areaIn(input, original, settings);
  return { pixels: framed(pixels, area, { input, fill }), original, area };
}

/**
 * Letterboxed, an image is as large as its shape allows, one pixel across at least; in the centre, a
 * margin that cannot be halved is the smaller on the left and at the top, as in Ultralytics' code.
 */
export function areaIn(
  input: Size,
  original: Size,
  { resize, align }: Pick<Fit, "resize" | "align">,
): Area {
  if (resize === "stretch") return { left: 0, top: 0, size: input };
  const scale = Math.min(input.width / original.width, input.height / original.height);
  const width = Math.max(1, Math.round(original.width * scale));
  const height = Math.max(1, Math.round(original.height * scale));
  const margin = align === "centre" ? 0.5 : 0;
  const left = Math.floor((input.width - width) * margin);
  const top = Math.floor((input.height - height) * margin);
  return { left, top, size: { width, height } };
}

/**
 * A box of the input in pixels of the original, with what is outside of it cut off. Each side has its
 * own scale, since sizes were rounded: in a long image, half a pixel of the input is many of its own.
 */
export function toOriginal(
  { xmin, ymin, xmax, ymax }: Box,
  { original, area }: Pick<FittedImage, "original" | "area">,
): Box {
  const { left, top, size } = area;
  const across = (x: number): number => scaled(x - left, size.width, original.width);
  const down = (y: number): number => scaled(y - top, size.height, original.height);
  return { xmin: across(xmin), ymin: down(ymin), xmax: across(xmax), ymax: down(ymax) };
}

function scaled(at: number, from: number, to: number): number {
  return Math.min(to, Math.max(0, (at * to) / from));
}

/** The pixels of an image between margins of one colour. */
function framed(
  pixels: Uint8Array,
  { left, top, size }: Area,
  { input, fill }: { readonly input: Size; readonly fill: readonly number[] },
): Uint8Array {
  if (size.width === input.width && size.height === input.height) return pixels;
  const canvas = Buffer.alloc(input.width * input.height * 3, Uint8Array.from(fill));
  const rowBytes = size.width * 3;
  for (let y = 0; y < size.height; y += 1) {
    const row = pixels.subarray(y * rowBytes, (y + 1) * rowBytes);
    canvas.set(row, ((top + y) * input.width + left) * 3);
  }
  return canvas;
}
