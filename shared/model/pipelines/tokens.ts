import { z } from "zod";
import type { ModelTensors, TensorSettings } from "../tensor/settings.ts";
import type { Report } from "./definition.ts";
import { fileName } from "./members.ts";

/** Inputs that a graph over tokens may have; without the ids, there is nothing to run. */
const ROLES: readonly string[] = ["input_ids", "attention_mask", "token_type_ids", "position_ids"];

/** Element types that such inputs have. */
const DTYPES: ReadonlySet<string> = new Set(["int64", "int32"]);

/** The member `tokens` of pipelines that cut texts into tokens before the model sees them. */
export const tokensSettings = z.strictObject({
  tokenizer: fileName
    .default("tokenizer.json")
    .describe("JSON as Hugging Face's `tokenizers` writes it."),
  max: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe("Tokens that the graph can take of a row, special ones included; more are cut off."),
  max_characters: z
    .int()
    .positive()
    .max(1_000_000)
    .default(100_000)
    .describe("Of a text, in code points; longer ones are refused."),
  trim: z.boolean().default(false).describe("Blanks at either end are dropped beforehand."),
  lowercase: z.boolean().default(false).describe("Texts are put into lower case beforehand."),
  truncation_side: z
    .enum(["right", "left"])
    .default("right")
    .describe("Where too much is cut off."),
  padding_side: z
    .enum(["right", "left"])
    .default("right")
    .describe("Where shorter rows are filled."),
  padding_id: z.int().min(0).default(0).describe("What they are filled with."),
  rows: z
    .enum(["together", "alone"])
    .default("together")
    .describe(
      "`alone`: each row has a run of its own, for graphs in which rows change each other.",
    ),
});

export type TokensSettings = z.infer<typeof tokensSettings>;

/** Whether the manifest has rows run each by itself. */
export function runsAlone({ tokens }: { readonly tokens: TokensSettings }): boolean {
  return tokens.rows === "alone";
}

/** Members of an answer that say what became of the text. */
export const tokensAnswer = {
  tokens: z.int().min(0).describe("How many the model got, special ones included."),
  truncated: z.boolean().describe("Whether the text was longer, and its rest had no part in this."),
};

/**
 * Whether a graph takes tokens, and gives one output that can be read.
 *
 * @param report paths are of `pipeline`
 * @param output says how its shape must be, or undefined when it is right
 */
export function checkTokens(
  { max }: TokensSettings,
  report: Report,
  { inputs, outputs }: ModelTensors,
  output: (first: TensorSettings) => string | undefined,
): void {
  const names = inputs.map(({ name }) => name);
  if (!names.includes("input_ids")) report([], "needs an input named input_ids");
  for (const { name, dtype, shape } of inputs) {
    const known = `an input of tokens is one of ${ROLES.join(", ")}`;
    if (!ROLES.includes(name)) report([], `cannot feed the input "${name}": ${known}`);
    if (!DTYPES.has(dtype)) report([], `cannot feed "${name}": it is not int64 or int32`);
    if (shape.length !== 2) report([], `cannot feed "${name}": it is not [batch, tokens]`);
    const [, length] = shape;
    if (typeof length === "number" && length < max) {
      report(["tokens", "max"], `is more than the ${length} tokens of the input "${name}"`);
    }
  }
  const [first] = outputs;
  const fault = first && (isFloat(first) ? output(first) : "is not float32 or float16");
  if (fault !== undefined) report([], `cannot read the output "${first?.name}": it ${fault}`);
}

function isFloat({ dtype }: TensorSettings): boolean {
  return dtype === "float32" || dtype === "float16";
}

/** Whether an output has `size` numbers for each row, and nothing else. */
export function perRow({ shape }: TensorSettings, size: number): string | undefined {
  return shape.length === 2 && shape[1] === size ? undefined : `is not [batch, ${size}]`;
}

/** Whether an output has `size` numbers for each token. */
export function perToken({ shape }: TensorSettings, size: number): string | undefined {
  return shape.length === 3 && shape[2] === size ? undefined : `is not [batch, tokens, ${size}]`;
}
