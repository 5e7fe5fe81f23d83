import type { ImageClassificationSettings } from "../../../../shared/model/pipelines/image-classification/definition.ts";
import type { Frame, Size } from "../decode-image.ts";

/** The shorter side of an image resized to `resize` pixels, and its centre square of `crop` cut out. */
export function centreSquare(
  { width, height }: Size,
  { resize, crop }: Pick<ImageClassificationSettings, "resize" | "crop">,
): Frame {
  const scale = resize / Math.min(width, height);
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const left = Math.floor((size.width - crop) / 2);
  const top = Math.floor((size.height - crop) / 2);
  return { size, region: { left, top, width: crop, height: crop } };
}
