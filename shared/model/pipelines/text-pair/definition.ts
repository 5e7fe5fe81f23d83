import { z } from "zod";
import { jsonOnly } from "../contract.ts";
import { definePipeline } from "../definition.ts";
import { labelScores, labelScoresContract, labelScoresPipeline } from "../label-scores.ts";
import { textColumn, textSchema } from "../text-input.ts";
import { packPair, pairOf } from "./row.ts";

const settings = z.strictObject({ type: z.literal("text-pair"), ...labelScores });

export type TextPairSettings = z.infer<typeof settings>;

/** A row is two texts, as `row.ts` packs them. The graph gives [batch, labels]. */
export const textPair = definePipeline({
  settings,
  ...labelScoresPipeline,
  contract: (given) => {
    const text = textSchema(given.tokens.max_characters);
    return {
      input: z
        .strictObject({
          text: text.describe("The first text: a query, a premise."),
          text_pair: text.describe("The second one: a document, a hypothesis."),
        })
        .transform((pair) => packPair(pair.text, pair.text_pair)),
      columns: [textColumn("text"), textColumn("text_pair")],
      ...labelScoresContract(given),
      ...jsonOnly,
      inputOf: (row) => {
        const [first, second] = pairOf(row);
        return { text: first, text_pair: second };
      },
    };
  },
  example: () => ({ text: "hello", text_pair: "hello world" }),
});
