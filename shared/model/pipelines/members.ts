import { z } from "zod";

/** Members that the settings of several pipelines have. */

export const fileName = z
  .string()
  .regex(/^[\w.-]+$/, "must be a file beside the manifest")
  .describe("A file beside the manifest.");

/** A probability, or whatever else is a part of a whole. */
export const fraction = z.number().min(0).max(1);

export const topKSchema = (most: number) =>
  z.strictObject({
    default: z.int().min(1).describe("Used when the request names none."),
    max: z.int().min(1).max(most),
  });

/** The parameter `top_k` of a request, within what the settings say. */
export const topKParameter = (
  { default: usual, max }: z.infer<ReturnType<typeof topKSchema>>,
  description: string,
) => z.int().min(1).max(max).default(Math.min(usual, max)).describe(description);
