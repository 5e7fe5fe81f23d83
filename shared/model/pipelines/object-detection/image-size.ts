import { rowDimensions } from "../../tensor/dimensions.ts";
import type { TensorSettings } from "../../tensor/settings.ts";
import type { Layout } from "../images.ts";

/**
 * Width and height in pixels of the images that an input takes. A row may have a batch of one of its own,
 * as in graphs that are fixed to one image.
 *
 * @returns undefined where it is no input for images of three channels and one size
 */
export function imageSize(
  tensor: TensorSettings,
  layout: Layout,
): { readonly width: number; readonly height: number } | undefined {
  const all = rowDimensions(tensor);
  const dims = all.slice(-3);
  const [height, width, channels] = layout === "nhwc" ? dims : [dims[1], dims[2], dims[0]];
  const isImage = dims.length === 3 && channels === 3 && all.slice(0, -3).every((it) => it === 1);
  if (!isImage || typeof width !== "number" || typeof height !== "number") return undefined;
  return { width, height };
}
