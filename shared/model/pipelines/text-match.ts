import { z } from "zod";
import { ScoringError } from "../../error.ts";
import type { TextMatchSettings } from "../manifest.ts";
import type { PipelineContract } from "./contract.ts";

/** A row is UTF-8 text. */
export function textMatchContract(settings: TextMatchSettings): PipelineContract {
  const textSchema = z
    .string()
    .min(1, "is empty")
    .refine((text) => text.isWellFormed(), "holds half of a surrogate pair")
    .refine((text) => !isLonger(text, settings.max_characters), {
      message: `is longer than ${settings.max_characters} characters`,
    })
    .meta({ maxLength: settings.max_characters });
  return {
    input: z
      .strictObject({ text: textSchema.describe("The question.") })
      .transform(({ text }) => Buffer.from(text)),
    columns: [{ name: "text", type: "string", isRequired: true }],
    output: outputSchema,
    parameters: z.strictObject({
      top_k: z
        .int()
        .min(1)
        .max(settings.top_k.max)
        .default(Math.min(settings.top_k.default, settings.top_k.max))
        .describe("How many matches to return at most, most probable first."),
      threshold: z
        .number()
        .min(0)
        .max(1)
        .default(settings.threshold.default)
        .describe("Matches less probable than this are left out."),
    }),
    media: ["text/plain"],
    rowOfBody: (body) => {
      const checked = textSchema.safeParse(decodeUtf8(body));
      if (checked.success) return body;
      const [issue] = checked.error.issues;
      throw new ScoringError("invalid_input", `The text ${issue?.message ?? "is not valid"}.`);
    },
  };
}

const outputSchema = z.strictObject({
  matches: z
    .array(
      z.strictObject({
        rank: z.int().min(1),
        id: z.string(),
        question: z.string(),
        answer: z.string(),
        probability: z.number().min(0).max(1),
      }),
    )
    .describe("Most probable first; empty when none reaches the threshold."),
});

/** Whether it has more code points, which are one or two units each. */
function isLonger(text: string, most: number): boolean {
  if (text.length <= most) return false;
  if (text.length > 2 * most) return true;
  let count = 0;
  for (const _ of text) count += 1;
  return count > most;
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new ScoringError("invalid_input", "The text is not valid UTF-8.", { cause });
  }
}
