import { z } from "zod";
import { compareRanked } from "./compare.ts";
import type { PipelineContract } from "./contract.ts";
import type { PipelineDefinition } from "./definition.ts";
import { fraction, topKParameter, topKSchema } from "./members.ts";
import { rankedClasses, rankedVersions } from "./ranked-versions.ts";
import { checkTokens, perRow, runsAlone, tokensAnswer, tokensSettings } from "./tokens.ts";

/** Members of the settings of pipelines whose graph scores a text, or a pair of them, by labels. */
export const labelScores = {
  tokens: tokensSettings,
  labels: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .default(null)
    .describe("Names of what the graph scores, in order; null where it gives one score."),
  activation: z
    .enum(["softmax", "sigmoid", "none"])
    .describe("What turns the outputs into probabilities, or into the score."),
  top_k: topKSchema(10_000).default({ default: 5, max: 100 }),
};

const settings = z.strictObject(labelScores);

export type LabelScoresSettings = z.infer<typeof settings>;

const ranked = { list: "predictions", names: ["label", "index"] };

const predictions = z
  .array(
    z.strictObject({
      label: z.string(),
      index: z.int().min(0).describe("Position of the label in the model's output."),
      probability: fraction,
    }),
  )
  .describe("Most probable first.");

/** An output and parameters of such a pipeline. */
export function labelScoresContract({
  labels,
  activation,
  top_k: topK,
}: LabelScoresSettings): Pick<PipelineContract, "output" | "parameters"> {
  if (labels === null) {
    const score = activation === "none" ? z.number() : fraction;
    const output = z.strictObject({
      score: score.describe("The higher, the better."),
      ...tokensAnswer,
    });
    return { output, parameters: z.strictObject({}) };
  }
  return {
    output: z.strictObject({ predictions, ...tokensAnswer }),
    parameters: z.strictObject({
      top_k: topKParameter(topK, "How many labels to return at most, most probable first."),
      threshold: fraction.default(0).describe("Labels less probable than this are left out."),
    }),
  };
}

/** What such pipelines have in common beside their input. */
export const labelScoresPipeline: Pick<
  PipelineDefinition<LabelScoresSettings>,
  "isVarying" | "runsAlone" | "check" | "compare" | "versions" | "classes"
> = {
  isVarying: true,
  runsAlone,
  check: ({ tokens, labels }, report, tensors) =>
    checkTokens(tokens, report, tensors, (output) => perRow(output, labels?.length ?? 1)),
  compare: compareRanked,
  versions: rankedVersions(ranked),
  classes: ({ labels }) =>
    labels === null
      ? undefined
      : rankedClasses(
          labels.map((label) => ({ label })),
          { ...ranked, canBeNone: true },
        ),
};
