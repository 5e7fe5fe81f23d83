import { z } from "zod";
import { compareRanked } from "../compare.ts";
import type { PipelineContract } from "../contract.ts";
import { definePipeline } from "../definition.ts";
import { fileName, fraction, topKParameter, topKSchema } from "../members.ts";
import { rankedClasses, rankedVersions } from "../ranked-versions.ts";
import { textInput, textSchema } from "../text-input.ts";

const settings = z.strictObject({
  type: z.literal("text-match"),
  answers: fileName.describe(
    "JSON: an array of {id, question, answer}, one per class, in order; answer_id is optional.",
  ),
  normalize: z.enum(["nfkc", "none"]).default("nfkc"),
  lowercase: z.boolean().default(true),
  subwords: z
    .strictObject({ min: z.int().min(1), max: z.int().min(1).max(10) })
    .nullable()
    .default(null)
    .describe("Lengths of the character n-grams that are added as words, or null."),
  max_characters: z.int().positive().max(100_000).default(2000),
  top_k: topKSchema(1000).default({ default: 3, max: 20 }),
  threshold: z
    .strictObject({ default: fraction })
    .default({ default: 0 })
    .describe("Matches below this probability are left out."),
});

export type TextMatchSettings = z.infer<typeof settings>;

const outputSchema = z.strictObject({
  matches: z
    .array(
      z.strictObject({
        rank: z.int().min(1),
        id: z.string(),
        question: z.string(),
        answer: z.string(),
        answer_id: z.string().optional().describe("Of the answer, where the entry says it."),
        probability: fraction,
      }),
    )
    .describe("Most probable first; empty when none reaches the threshold."),
});

const ranked = { list: "matches", names: ["id"] };

/** A row is UTF-8 text. */
export const textMatch = definePipeline({
  settings,
  contract: contractOf,
  compare: compareRanked,
  versions: rankedVersions(ranked),
  classes: ({ answers }, read) => rankedClasses(read(answers), { ...ranked, canBeNone: true }),
  example: () => ({ text: "hello" }),
});

function contractOf({
  max_characters: most,
  top_k: topK,
  threshold,
}: TextMatchSettings): PipelineContract {
  return {
    ...textInput(textSchema(most).describe("The question.")),
    output: outputSchema,
    parameters: z.strictObject({
      top_k: topKParameter(topK, "How many matches to return at most, most probable first."),
      threshold: fraction
        .default(threshold.default)
        .describe("Matches less probable than this are left out."),
    }),
  };
}
