import { z } from "zod";
import { ScoringError } from "../../error.ts";
import type { Manifest, TensorSettings } from "../manifest.ts";
import { dimensionNames, RowSizes } from "../tensor/dimensions.ts";
import { InputFault, readInput } from "../tensor/input-fault.ts";
import { tensorJsonSchema } from "../tensor/json-schema.ts";
import { bytesFault, readTensor } from "../tensor/read-tensor.ts";
import { packRow, tensorForms } from "../tensor/row.ts";
import { ROW_BYTES_MAX, type PipelineContract } from "./contract.ts";

/** A row is one slice of each of the model's inputs, packed as in `tensor/row.ts`. */
export function tensorContract(manifest: Manifest): PipelineContract {
  const { inputs } = manifest;
  const [only, ...others] = inputs;
  const takesBytes =
    only !== undefined &&
    others.length === 0 &&
    only.dtype !== "string" &&
    dimensionNames(inputs).length === 0;
  return {
    input: members(manifest, "input").transform((input, context) =>
      readInput(context, () => rowOf(input, manifest)),
    ),
    output: members(manifest, "output"),
    parameters: z.strictObject({}),
    media: takesBytes ? ["application/octet-stream"] : [],
    rowOfBody: (body) => {
      if (!takesBytes)
        throw new ScoringError("unsupported_media_type", "This model takes JSON only.");
      const fault = bytesFault(body, only);
      if (fault !== undefined) throw new ScoringError("invalid_input", `The body ${fault}.`);
      return packRow({ form: "base64", sizes: new Map(), tensors: [body] }, inputs);
    },
  };
}

/** Elements can be a million: they are left to code of our own, and only described by schema. */
function members({ inputs, outputs, dimensions }: Manifest, io: "input" | "output") {
  const tensors: readonly TensorSettings[] = io === "input" ? inputs : outputs;
  const shape = tensors.map((tensor): [string, z.ZodUnknown] => [
    tensor.name,
    z
      .unknown()
      .refine((value) => value !== undefined, "is missing")
      .meta({ ...tensorJsonSchema(tensor, io, dimensions) }),
  ]);
  return z.strictObject(Object.fromEntries(shape));
}

/** The form of a row is the one of its tensors that says most. @throws {InputFault} */
function rowOf(input: Readonly<Record<string, unknown>>, { inputs, dimensions }: Manifest): Buffer {
  const sizes = new RowSizes(dimensions);
  const read = inputs.map((tensor) =>
    readTensor(input[tensor.name], tensor, { path: [tensor.name], sizes }),
  );
  const form = tensorForms.findLast((one) => read.some((tensor) => tensor.form === one));
  const tensors = read.map(({ bytes }) => bytes);
  const row = packRow({ form: form ?? "nested", sizes: sizes.settled, tensors }, inputs);
  if (sizes.settled.size === 0 || row.length <= ROW_BYTES_MAX) return row;
  throw new InputFault([], `is larger than ${ROW_BYTES_MAX} bytes`);
}
