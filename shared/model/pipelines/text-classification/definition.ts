import { z } from "zod";
import { definePipeline } from "../definition.ts";
import { labelScores, labelScoresContract, labelScoresPipeline } from "../label-scores.ts";
import { textInput, textSchema } from "../text-input.ts";

const settings = z.strictObject({ type: z.literal("text-classification"), ...labelScores });

export type TextClassificationSettings = z.infer<typeof settings>;

/** A row is UTF-8 text. The graph gives [batch, labels]. */
export const textClassification = definePipeline({
  settings,
  ...labelScoresPipeline,
  contract: (given) => ({
    ...textInput(textSchema(given.tokens.max_characters)),
    ...labelScoresContract(given),
  }),
  example: () => ({ text: "hello" }),
});
