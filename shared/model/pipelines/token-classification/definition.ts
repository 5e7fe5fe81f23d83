import { z } from "zod";
import { compareValues } from "../compare.ts";
import type { PipelineContract } from "../contract.ts";
import { definePipeline } from "../definition.ts";
import { textInput, textSchema } from "../text-input.ts";
import { checkTokens, perToken, tokensAnswer, tokensSettings, runsAlone } from "../tokens.ts";
import { entityVersions } from "./compare.ts";

const AGGREGATIONS = ["none", "simple", "first", "average", "max"] as const;
const UNITS = ["code_points", "utf16", "bytes"] as const;

const settings = z.strictObject({
  type: z.literal("token-classification"),
  tokens: tokensSettings,
  labels: z
    .array(z.string().min(1))
    .min(1)
    .describe("Names of what the graph tells of a token, in order: B-PER, I-PER, O …"),
  outside: z.string().default("O").describe("The label of tokens that are of no entity."),
  aggregation: z
    .enum(AGGREGATIONS)
    .default("simple")
    .describe("How tokens become entities, if the request does not say it."),
});

export type TokenClassificationSettings = z.infer<typeof settings>;

/** What becomes of tokens. */
export type Aggregation = (typeof AGGREGATIONS)[number];

/** What places in a text are counted in. */
export type OffsetUnit = (typeof UNITS)[number];

/** A row is UTF-8 text. The graph gives [batch, tokens, labels]. */
export const tokenClassification = definePipeline({
  settings,
  isVarying: true,
  runsAlone,
  check: ({ tokens, labels, outside }, report, tensors) => {
    checkTokens(tokens, report, tensors, (output) => perToken(output, labels.length));
    const isChanged = tokens.trim || tokens.lowercase;
    if (isChanged) report(["tokens"], "cannot trim or lower texts: entities have places in them");
    if (!labels.includes(outside)) report(["outside"], "is not one of `labels`");
  },
  contract: contractOf,
  // As values: places are numbers, and no tolerance moves them, being less than 1.
  compare: compareValues,
  versions: entityVersions,
  example: () => ({ text: "Ada Lovelace met Charles Babbage in London." }),
});

const entity = z.strictObject({
  label: z.string().describe("Without B- and I-, but for `none`, which has each token by itself."),
  probability: z.number().min(0).max(1),
  start: z
    .int()
    .min(0)
    .describe("Where it begins in the text that was sent, in units of `offsets`."),
  end: z.int().min(0).describe("Where what follows it begins."),
  text: z.string().describe("What stands there."),
});

function contractOf({ tokens, aggregation }: TokenClassificationSettings): PipelineContract {
  return {
    ...textInput(textSchema(tokens.max_characters)),
    output: z.strictObject({
      entities: z.array(entity).describe("In the order of the text."),
      offsets: z.enum(UNITS).describe("What `start` and `end` count."),
      ...tokensAnswer,
    }),
    parameters: z.strictObject({
      aggregation: z
        .enum(AGGREGATIONS)
        .default(aggregation)
        .describe(
          "`none`: a token each; `simple`: tokens of a kind side by side; the others first decide for " +
            "whole words, by their first token, the average or the most certain one.",
        ),
      offsets: z
        .enum(UNITS)
        .default("code_points")
        .describe("`code_points` as in Python, `utf16` as in JavaScript, or `bytes` of UTF-8."),
    }),
  };
}
