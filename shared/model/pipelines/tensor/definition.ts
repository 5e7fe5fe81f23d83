import { z } from "zod";
import { ScoringError } from "../../../error.ts";
import { dimensionNames, RowSizes, rowDimensions } from "../../tensor/dimensions.ts";
import { InputFault, readInput } from "../../tensor/input-fault.ts";
import { tensorJsonSchema } from "../../tensor/json-schema.ts";
import { bytesFault, readTensor } from "../../tensor/read-tensor.ts";
import { readRow } from "../../tensor/read-row.ts";
import { packRow, tensorForms } from "../../tensor/row.ts";
import type { Dimensions, ModelTensors, TensorSettings } from "../../tensor/settings.ts";
import { writeTensor } from "../../tensor/write-tensor.ts";
import { compareValues } from "../compare.ts";
import { jsonOnly, ROW_BYTES_MAX, type PipelineContract } from "../contract.ts";
import { definePipeline } from "../definition.ts";
import { tensorVersions } from "./versions.ts";

/** A row is one slice of each of the model's inputs, packed as in `tensor/row.ts`. */
export const tensor = definePipeline({
  settings: z.strictObject({ type: z.literal("tensor") }),
  isVarying: true,
  hasGaps: true,
  contract: contractOf,
  compare: compareValues,
  versions: tensorVersions,
  example: (_, { inputs, dimensions }) =>
    Object.fromEntries(inputs.map((input) => [input.name, elements(input, dimensions)])),
});

function contractOf(_: unknown, tensors: ModelTensors): PipelineContract {
  const { inputs } = tensors;
  const [only, ...others] = inputs;
  const takesBytes =
    only !== undefined &&
    others.length === 0 &&
    only.dtype !== "string" &&
    dimensionNames(inputs).length === 0;
  return {
    input: members(tensors, "input").transform((input, context) =>
      readInput(context, () => rowOf(input, tensors)),
    ),
    output: members(tensors, "output"),
    parameters: z.strictObject({}),
    inputOf: (row) => {
      const { form, tensors: read } = readRow(row, inputs);
      return Object.fromEntries(read.map((one) => [one.name, writeTensor(one, form)]));
    },
    ...(takesBytes ? bodyOf(only) : jsonOnly),
  };
}

/** The elements of the only input, as they are. */
function bodyOf(input: TensorSettings): Pick<PipelineContract, "media" | "rowOfBody"> {
  return {
    media: ["application/octet-stream"],
    rowOfBody: (body) => {
      const fault = bytesFault(body, input);
      if (fault !== undefined) throw new ScoringError("invalid_input", `The body ${fault}.`);
      return packRow({ form: "base64", sizes: new Map(), tensors: [body] }, [input]);
    },
  };
}

/** Elements can be a million: they are left to code of our own, and only described by schema. */
function members({ inputs, outputs, dimensions }: ModelTensors, io: "input" | "output") {
  const tensors = io === "input" ? inputs : outputs;
  const shape = tensors.map((one): [string, z.ZodUnknown] => [
    one.name,
    z
      .unknown()
      .refine((value) => value !== undefined, "is missing")
      .meta({ ...tensorJsonSchema(one, io, dimensions) }),
  ]);
  return z.strictObject(Object.fromEntries(shape));
}

/** The form of a row is the one of its tensors that says most. @throws {InputFault} */
function rowOf(
  input: Readonly<Record<string, unknown>>,
  { inputs, dimensions }: ModelTensors,
): Buffer {
  const sizes = new RowSizes(dimensions);
  const read = inputs.map((one) => readTensor(input[one.name], one, { path: [one.name], sizes }));
  const form = tensorForms.findLast((one) => read.some((it) => it.form === one));
  const tensors = read.map(({ bytes }) => bytes);
  const row = packRow({ form: form ?? "nested", sizes: sizes.settled, tensors }, inputs);
  if (sizes.settled.size === 0 || row.length <= ROW_BYTES_MAX) return row;
  throw new InputFault([], `is larger than ${ROW_BYTES_MAX} bytes`);
}

/** Size of a dimension that varies in an example, where its range allows it. */
const VARYING_SIZE = 4;

/** Nested lists of one value. Integers are 0, which is a row of every table of embeddings. */
function elements(input: TensorSettings, ranges: Dimensions): unknown {
  const { dtype } = input;
  const integer = dtype.startsWith("float") ? 0.5 : 0;
  const value = { string: "a", bool: false }[dtype as string] ?? integer;
  return rowDimensions(input).reduceRight<unknown>((inner, dim) => {
    const length = typeof dim === "number" ? dim : usualSize(ranges[dim]);
    return Array.from({ length }, () => inner);
  }, value);
}

function usualSize({ min = 1, max = Infinity }: Partial<Dimensions[string]> = {}): number {
  return Math.min(Math.max(VARYING_SIZE, min), max);
}
