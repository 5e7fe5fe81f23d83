import { z } from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const settings = z.strictObject({
  type: z.literal("tabular"),
  columns: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        type: z.enum(["number", "integer", "string", "boolean"]),
        input: z.string().min(1).describe("The input tensor that it goes into."),
        position: z
          .int()
          .min(0)
          .optional()
          .describe("Its element in a row of that tensor; else columns go in as they are listed."),
        default: scalar.optional().describe("Taken when the value is missing or null."),
        missing: z
          .string()
          .optional()
          .describe(
            'What the model is given when the value is missing or null: "nan" for a number of a tensor of floats, a text for a string.',
          ),
        values: z.array(scalar).min(1).optional().describe("The categories that the model knows."),
        unknown: z
          .enum(["error", "pass"])
          .default("error")
          .describe("What becomes of a value that is not one of `values`."),
      }),
    )
    .min(1),
  label: z.string().optional().describe("The output that is answered as `label`."),
  probabilities: z
    .strictObject({
      output: z.string().describe("The output that is answered as `probabilities`."),
      classes: z.array(z.string()).min(1).describe("Names of its elements, in order."),
    })
    .optional(),
});

export type TabularSettings = z.infer<typeof settings>;
export type Column = TabularSettings["columns"][number];
