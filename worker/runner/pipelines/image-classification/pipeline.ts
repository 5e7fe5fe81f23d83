import { z } from "zod";
import type { ImageClassificationSettings } from "../../../../shared/model/pipelines/image-classification/definition.ts";
import { decodeImage } from "./decode-image.ts";
import { readClassifier } from "../classes.ts";
import { makePipeline, type Pipeline, type ServedModel } from "../pipeline.ts";
import type { PlainTensor } from "../plain-tensor.ts";
import { softmax, topK } from "../top-k.ts";

const labelSchema = z.object({ label: z.string(), wnid: z.string().optional() });

/**
 * A row is an image file. The model's input is [batch, crop, crop, 3] or [batch, 3, crop, crop],
 * uint8 or float32; its output [batch, classes] float32.
 */
export function imageClassification(model: ServedModel<ImageClassificationSettings>): Pipeline {
  const { settings, contract } = model;
  const { input, classes, scoresOf } = readClassifier(model, settings.labels, labelSchema);
  const rowBytes = settings.crop * settings.crop * 3;
  const fill = pixelFiller(settings, input.dtype);
  return makePipeline<Uint8Array>({
    encode: async (row) => decodeImage(row, settings),
    blank: () => new Uint8Array(rowBytes),
    stack: (rows) => ({ [input.name]: fill(rows) }),
    decode: (outputs, row, given) => {
      const scores = scoresOf(outputs, row);
      const probabilities = settings.activation === "softmax" ? softmax(scores) : scores;
      const best = topK(probabilities, Number(contract.parameters.parse(given)["top_k"]));
      return {
        predictions: best.map((index) => ({
          label: classes[index]?.label,
          index,
          wnid: classes[index]?.wnid,
          probability: probabilities[index],
        })),
      };
    },
  });
}

/** Copies RGB pixels into the model's tensor, as the manifest lays it out and scales it. */
function pixelFiller(
  { crop, layout, scale, mean, std }: ImageClassificationSettings,
  dtype: string,
): (rows: readonly Uint8Array[]) => PlainTensor {
  const pixels = crop * crop;
  const dims = (count: number): number[] =>
    layout === "nhwc" ? [count, crop, crop, 3] : [count, 3, crop, crop];
  if (dtype === "uint8" && layout === "nhwc") {
    return (rows) => {
      const data = new Uint8Array(rows.length * pixels * 3);
      for (const [i, row] of rows.entries()) data.set(row, i * pixels * 3);
      return { dtype: "uint8", dims: dims(rows.length), data };
    };
  }
  // A table per channel: measured 50 times quicker than the arithmetic per pixel.
  const tables = [0, 1, 2].map((channel) =>
    Float32Array.from(
      { length: 256 },
      (_, pixel) => (pixel * scale - (mean[channel] ?? 0)) / (std[channel] ?? 1),
    ),
  );
  return (rows) => {
    const data = new Float32Array(rows.length * pixels * 3);
    for (const [i, row] of rows.entries()) {
      for (const [channel, table] of tables.entries()) {
        for (let pixel = 0; pixel < pixels; pixel++) {
          const position = layout === "nhwc" ? pixel * 3 + channel : channel * pixels + pixel;
          data[i * pixels * 3 + position] = table[row[pixel * 3 + channel] ?? 0] ?? 0;
        }
      }
    }
    return { dtype: "float32", dims: dims(rows.length), data };
  };
}
