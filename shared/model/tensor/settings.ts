import { z } from "zod";
import { dtypes, stringFault, type Dtype } from "./element.ts";

const notADimension = 'is neither a positive integer nor a name other than "batch"';
const dimension = z.union(
  [z.int().positive(notADimension), z.string().regex(/^.{1,100}$/, notADimension)],
  { error: notADimension },
);

/** What the first dimension is called where it is the batch; no other may be called that. */
export const BATCH = "batch";

/** One of `inputs` or `outputs` of a manifest. */
export const tensorSchema = z.strictObject({
  name: z.string().min(1),
  dtype: z.enum(dtypes),
  shape: z
    .array(dimension)
    .superRefine((dims, context) => {
      const again = dims.indexOf(BATCH, 1);
      if (again === -1) return;
      context.addIssue({ code: "custom", path: [again], message: notADimension });
    })
    .describe(
      'Dimensions; the first is the batch dimension, named "batch", unless the version is `unbatched`. One that varies by row has a name; within a row, a name has one size.',
    ),
});

/** One of `inputs`, which may say what stands for what is missing. */
export const inputSchema = tensorSchema.extend({
  missing: z
    .string()
    .optional()
    .describe(
      'What an element becomes that is null, for the pipeline `tensor`: "nan" in a tensor of floats, a text in one of strings; without it, null is refused.',
    ),
});

/** One of `dimensions` of a manifest. */
export const dimensionRange = z.strictObject({
  min: z.int().min(0).default(1).describe("Smallest size; also that of blank rows."),
  max: z.int().positive().optional().describe("Largest size."),
});

export type TensorSettings = z.infer<typeof inputSchema>;

/** @returns why `missing` cannot stand for what is missing in a tensor of this type, or undefined */
export function missingFault(missing: string, dtype: Dtype): string | undefined {
  if (dtype === "string") return stringFault(missing);
  if (!dtype.startsWith("float")) return `does not go into a tensor of ${dtype}`;
  return missing === MISSING_NUMBER ? undefined : `is not "${MISSING_NUMBER}", which numbers have`;
}

/** What `missing` says of numbers. */
export const MISSING_NUMBER = "nan";

/** What is written where an element is missing. @param missing as the manifest says it */
export function missingElement(missing: string, dtype: Dtype): string {
  return dtype === "string" ? missing : "NaN";
}

/** Smallest and largest size of named dimensions; any that is not here is 1 or more. */
export type Dimensions = Readonly<Record<string, z.infer<typeof dimensionRange>>>;

/** What a model takes and gives, as its manifest says. */
export interface ModelTensors {
  readonly inputs: readonly TensorSettings[];
  readonly outputs: readonly TensorSettings[];
  readonly dimensions: Dimensions;
}
