import { z } from "zod";
import type { ImageClassificationSettings } from "../../../../shared/model/pipelines/image-classification/definition.ts";
import { readClassifier } from "../classes.ts";
import { decodeImage } from "../decode-image.ts";
import { pixelFiller } from "../fill-pixels.ts";
import { makePipeline, type Pipeline, type ServedModel } from "../pipeline.ts";
import { softmax, topK } from "../top-k.ts";
import { centreSquare } from "./centre-square.ts";

const labelSchema = z.object({ label: z.string(), wnid: z.string().optional() });

/**
 * A row is an image file. The model's input is [batch, crop, crop, 3] or [batch, 3, crop, crop],
 * uint8 or float32; its output [batch, classes] float32.
 */
export function imageClassification(model: ServedModel<ImageClassificationSettings>): Pipeline {
  const { settings, contract } = model;
  const { input, classes, scoresOf } = readClassifier(model, settings.labels, labelSchema);
  const { crop, kernel, activation } = settings;
  const fill = pixelFiller({ ...settings, width: crop, height: crop, dtype: input.dtype });
  return makePipeline<Uint8Array>({
    encode: async (row) => {
      const image = await decodeImage(row, kernel, (size) => centreSquare(size, settings));
      return image.pixels;
    },
    blank: () => new Uint8Array(crop * crop * 3),
    stack: (rows) => ({ [input.name]: fill(rows) }),
    decode: (outputs, row, given) => {
      const scores = scoresOf(outputs, row);
      const probabilities = activation === "softmax" ? softmax(scores) : scores;
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
