import { z } from "zod";
import type { PipelineContract } from "../contract.ts";
import { definePipeline, type Report } from "../definition.ts";
import { textBody, textSchema } from "../text-input.ts";
import {
  checkTokens,
  perRow,
  perToken,
  tokensAnswer,
  tokensSettings,
  runsAlone,
} from "../tokens.ts";
import type { ModelTensors } from "../../tensor/settings.ts";
import { compareEmbeddings, embeddingVersions } from "./compare.ts";
import { tokenIdsOf, tokenIdsRow } from "./row.ts";

/** Of a token, at most. */
const ID_MAX = 2 ** 31 - 1;

const settings = z.strictObject({
  type: z.literal("text-embedding"),
  tokens: tokensSettings,
  size: z.int().positive().describe("Numbers of an embedding."),
  pooling: z
    .enum(["mean", "cls", "last", "max", "none"])
    .describe("What makes one embedding of those of the tokens; `none` where the graph does it."),
  normalize: z.boolean().describe("Whether embeddings are brought to length 1."),
  matryoshka: z
    .union([z.boolean(), z.array(z.int().positive()).min(1)])
    .default(false)
    .describe("Fewer dimensions that a request may ask for: these, any (true) or none (false)."),
  prompts: z
    .record(z.string().min(1), z.string())
    .default({})
    .describe("Texts that stand before a text, by the name that a request gives."),
  default_prompt: z
    .string()
    .nullable()
    .default(null)
    .describe("Used when a request names none, or null."),
  pool_prompt: z.boolean().default(true).describe("Whether a prompt's tokens are pooled as well."),
});

export type TextEmbeddingSettings = z.infer<typeof settings>;

/**
 * A row is UTF-8 text, or ids of tokens as `row.ts` packs them. The graph gives [batch, tokens, size], or
 * [batch, size] where it pools by itself.
 */
export const textEmbedding = definePipeline({
  settings,
  isVarying: true,
  runsAlone,
  check,
  contract: contractOf,
  compare: compareEmbeddings,
  versions: embeddingVersions,
  example: () => ({ text: "hello" }),
});

function check(given: TextEmbeddingSettings, report: Report, tensors: ModelTensors): void {
  const { size, pooling, prompts, default_prompt: usual, matryoshka } = given;
  const shape = pooling === "none" ? perRow : perToken;
  checkTokens(given.tokens, report, tensors, (output) => shape(output, size));
  if (usual !== null && !Object.hasOwn(prompts, usual)) {
    report(["default_prompt"], "is not one of `prompts`");
  }
  if (Array.isArray(matryoshka) && matryoshka.some((it) => it > size)) {
    report(["matryoshka"], `has more dimensions than the ${size} that there are`);
  }
  if (pooling === "none" && !given.pool_prompt) {
    report(["pool_prompt"], "cannot be false where the graph pools by itself");
  }
}

/** What is wrong with a text or a list of token ids that is neither. @param most ids */
function inputFault(input: unknown, most: number): string | undefined {
  if (typeof input === "string") return undefined; // the text's own fault is told
  if (!Array.isArray(input)) return "is neither a text nor a list of token ids";
  if (input.length === 0) return "is an empty list of token ids";
  if (input.length > most) return `has ${input.length} token ids; at most ${most}`;
  const odd = input.findIndex((id) => !Number.isInteger(id) || id < 0 || id > ID_MAX);
  return `holds at ${odd} what is no token id: those are integers from 0 to ${ID_MAX}`;
}

function contractOf({ tokens, size, ...given }: TextEmbeddingSettings): PipelineContract {
  const text = textSchema(tokens.max_characters);
  const ids = z.array(z.int().min(0).max(ID_MAX)).min(1, "is empty").max(tokens.max);
  return {
    input: z
      .strictObject({
        text: z
          .union([text, ids], { error: ({ input }) => inputFault(input, tokens.max) })
          .describe(
            "A text; or ids of the model's own tokens, special ones included, as they are.",
          ),
      })
      .transform(({ text: one }) =>
        typeof one === "string" ? Buffer.from(one) : tokenIdsRow(one),
      ),
    output: z.strictObject({
      embedding: z
        .union([
          z.array(z.number()),
          z.string().meta({ contentEncoding: "base64" }).describe("float32, little-endian."),
        ])
        .describe("A list of numbers, or base64, as `encoding_format` says."),
      ...tokensAnswer,
    }),
    parameters: z.strictObject({
      dimensions: dimensionsSchema(size, given.matryoshka),
      encoding_format: z
        .enum(["float", "base64"])
        .default("float")
        .describe("How the embedding is written: base64 is a quarter as long."),
      ...promptParameter(given),
    }),
    ...textBody(text),
    inputOf: (row) => ({ text: tokenIdsOf(row) ?? row.toString() }),
  };
}

function dimensionsSchema(
  size: number,
  matryoshka: TextEmbeddingSettings["matryoshka"],
): z.ZodType<number> {
  const schema =
    matryoshka === true
      ? z.int().min(1).max(size)
      : z.literal([...new Set([...(matryoshka || []), size])]);
  return schema
    .default(size)
    .describe("How many numbers to return: the first ones, brought to length 1 where all are.");
}

function promptParameter({
  prompts,
  default_prompt: usual,
}: Pick<TextEmbeddingSettings, "prompts" | "default_prompt">): Record<string, z.ZodType> {
  const names = Object.keys(prompts);
  if (names.length === 0) return {};
  const schema = z.enum(names).describe("Which of the model's prompts stands before the text.");
  return { prompt_name: usual === null ? schema.optional() : schema.default(usual) };
}
