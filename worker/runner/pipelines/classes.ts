import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { TensorSettings } from "../../../shared/model/tensor/settings.ts";
import type { ServedModel, Tensors } from "./pipeline.ts";

/** A model of one input, whose one output is a float32 for each class. */
export interface Classifier<Class> {
  readonly input: TensorSettings;
  readonly classes: readonly Class[];
  /** @throws when the model has no such output, or not of this type: its manifest is wrong */
  readonly scoresOf: (outputs: Tensors, row: number) => Float32Array;
}

/** @param file beside the manifest: JSON, an array of the classes in order */
export function readClassifier<Class>(
  model: ServedModel<unknown>,
  file: string,
  schema: z.ZodType<Class>,
): Classifier<Class> {
  const { manifest } = model;
  const classes = readClasses(model, file, schema);
  const [input] = manifest.inputs;
  const [output] = manifest.outputs;
  if (input === undefined || output === undefined) throw new Error("manifest without tensors");
  return {
    input,
    classes,
    scoresOf: (outputs, row) => {
      const tensor = outputs[output.name];
      if (tensor?.dtype !== "float32")
        throw new Error(`model has no float32 output "${output.name}"`);
      return tensor.data.subarray(row * classes.length, (row + 1) * classes.length);
    },
  };
}

/** @param file beside the manifest: JSON, an array of the classes in order */
export function readClasses<Class>(
  { folder }: ServedModel<unknown>,
  file: string,
  schema: z.ZodType<Class>,
): readonly Class[] {
  return z.array(schema).parse(JSON.parse(readFileSync(join(folder, file), "utf8")));
}
