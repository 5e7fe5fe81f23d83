import { z } from "zod";
import { ScoringError } from "../../error.ts";
import type { Manifest, TensorSettings } from "../manifest.ts";
import { readInput } from "../tensor/input-fault.ts";
import { tensorJsonSchema } from "../tensor/json-schema.ts";
import { bytesFault, readTensor } from "../tensor/read-tensor.ts";
import { packRow, tensorForms } from "../tensor/row.ts";
import type { PipelineContract } from "./contract.ts";

/** A row is one slice of each of the model's inputs, packed as in `tensor/row.ts`. */
export function tensorContract({ inputs, outputs }: Manifest): PipelineContract {
  const [only, ...others] = inputs;
  const takesBytes = only !== undefined && others.length === 0 && only.dtype !== "string";
  return {
    input: members(inputs, "input").transform((input, context) =>
      readInput(context, () => rowOf(input, inputs)),
    ),
    output: members(outputs, "output"),
    parameters: z.strictObject({}),
    media: takesBytes ? ["application/octet-stream"] : [],
    rowOfBody: (body) => {
      if (!takesBytes) throw new ScoringError("unsupported_media_type", "It takes JSON only.");
      const fault = bytesFault(body, only);
      if (fault !== undefined) throw new ScoringError("invalid_input", `The body ${fault}.`);
      return packRow({ form: "base64", tensors: [body] });
    },
  };
}

/** Elements can be a million: they are left to code of our own, and only described by schema. */
function members(tensors: readonly TensorSettings[], io: "input" | "output") {
  const shape = tensors.map((tensor): [string, z.ZodUnknown] => [
    tensor.name,
    z
      .unknown()
      .refine((value) => value !== undefined, "is missing")
      .meta({ ...tensorJsonSchema(tensor, io) }),
  ]);
  return z.strictObject(Object.fromEntries(shape));
}

/** The form of a row is the one of its tensors that says most. @throws {InputFault} */
function rowOf(
  input: Readonly<Record<string, unknown>>,
  inputs: readonly TensorSettings[],
): Buffer {
  const read = inputs.map((tensor) => readTensor(input[tensor.name], tensor, [tensor.name]));
  const form = tensorForms.findLast((one) => read.some((tensor) => tensor.form === one));
  return packRow({ form: form ?? "nested", tensors: read.map(({ bytes }) => bytes) });
}
