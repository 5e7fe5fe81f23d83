import { z } from "zod";
import { definePipeline } from "../definition.ts";
import { labelScores, labelScoresContract, labelScoresPipeline } from "../label-scores.ts";
import { textBody, textSchema } from "../text-input.ts";

const settings = z.strictObject({ type: z.literal("text-classification"), ...labelScores });

export type TextClassificationSettings = z.infer<typeof settings>;

/** A row is UTF-8 text. The graph gives [batch, labels]. */
export const textClassification = definePipeline({
  settings,
  ...labelScoresPipeline,
  contract: (given) => {
    const text = textSchema(given.tokens.max_characters);
    return {
      input: z.strictObject({ text }).transform((input) => Buffer.from(input.text)),
      columns: [{ name: "text", type: "string", isRequired: true }],
      ...labelScoresContract(given),
      ...textBody(text),
      inputOf: (row) => ({ text: row.toString() }),
    };
  },
  example: () => ({ text: "hello" }),
});
