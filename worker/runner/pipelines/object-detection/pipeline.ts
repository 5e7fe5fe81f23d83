import { z } from "zod";
import { areaOf } from "../../../../shared/model/pipelines/object-detection/boxes.ts";
import type { ObjectDetectionSettings } from "../../../../shared/model/pipelines/object-detection/definition.ts";
import { imageSize } from "../../../../shared/model/pipelines/object-detection/image-size.ts";
import { rowShape } from "../../../../shared/model/tensor/row.ts";
import { readClasses } from "../classes.ts";
import { pixelFiller } from "../fill-pixels.ts";
import { makePipeline, type Pipeline, type ServedModel } from "../pipeline.ts";
import { readCandidates } from "./candidates.ts";
import { fitImage, areaIn, toOriginal, type FittedImage } from "./fit-image.ts";
import { suppress } from "./suppress.ts";

const labelSchema = z.object({ label: z.string() });

const parametersSchema = z.object({
  top_k: z.number(),
  threshold: z.number(),
  iou_threshold: z.number().nullable().default(null),
});

/**
 * A row is an image file. The model's input is [batch, height, width, 3] or [batch, 3, height, width],
 * uint8 or float32; its outputs are float32, `candidates.ts` has their shapes.
 */
export function objectDetection(model: ServedModel<ObjectDetectionSettings>): Pipeline {
  const { manifest, settings, contract } = model;
  const [tensor] = manifest.inputs;
  const input = tensor && imageSize(tensor, settings.layout);
  if (tensor === undefined || input === undefined) throw new Error("manifest without an image");
  const classes = readClasses(model, settings.labels, labelSchema);
  const fill = pixelFiller({ ...settings, ...input, dtype: tensor.dtype });
  return makePipeline<FittedImage>({
    encode: async (row) => fitImage(row, input, settings),
    blank: () => ({
      pixels: new Uint8Array(input.width * input.height * 3),
      original: input,
      area: areaIn(input, input, settings),
    }),
    stack: (rows) => {
      const filled = fill(rows.map(({ pixels }) => pixels));
      return { [tensor.name]: { ...filled, dims: [rows.length, ...rowShape(tensor)] } };
    },
    decode: (outputs, row, given, image) => {
      const parameters = parametersSchema.parse(contract.parameters.parse(given));
      const { threshold, iou_threshold: overlap, top_k: count } = parameters;
      const reading = { settings, classCount: classes.length, input, threshold };
      const found = readCandidates(outputs, row, reading)
        // What is in the margins alone, or has no area, would be nothing in the original.
        .filter(({ box }) => areaOf(toOriginal(box, image)) > 0)
        .toSorted((a, b) => b.score - a.score);
      return {
        detections: suppress(found, overlap, count).map(({ box, score, index }) => ({
          label: classes[index]?.label,
          index,
          score,
          box: toOriginal(box, image),
        })),
        image: image.original,
      };
    },
  });
}
