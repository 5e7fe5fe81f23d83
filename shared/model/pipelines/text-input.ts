import { z } from "zod";
import { ScoringError } from "../../error.ts";
import type { TextColumn } from "./contract.ts";

/**
 * A text that a client sends: not empty, and no half of a surrogate pair, which UTF-8 has no bytes for.
 *
 * @param most code points that it may have
 */
export function textSchema(most: number) {
  return z
    .string()
    .min(1, "is empty")
    .refine((text) => text.isWellFormed(), "holds half of a surrogate pair")
    .refine((text) => !isLonger(text, most), { message: `is longer than ${most} characters` })
    .meta({ maxLength: most });
}

/** What a contract says where a row is one text, as UTF-8. @param schema of the text */
export function textInput(schema: z.ZodType<string>) {
  return {
    input: z.strictObject({ text: schema }).transform(({ text }) => Buffer.from(text)),
    inputOf: (row: Buffer) => ({ text: row.toString() }),
    ...textBody(schema),
  };
}

/**
 * What a contract says of bodies, and of columns, that are one text.
 *
 * @param schema a text of these, as the input's JSON has it
 */
export function textBody(schema: z.ZodType<string>) {
  return {
    columns: [textColumn("text")],
    media: ["text/plain"],
    rowOfBody: (body: Buffer): Buffer => {
      const checked = schema.safeParse(decodeUtf8(body));
      if (checked.success) return body;
      const [issue] = checked.error.issues;
      throw new ScoringError("invalid_input", `The text ${issue?.message ?? "is not valid"}.`);
    },
  };
}

export function textColumn(name: string): TextColumn {
  return { name, type: "string", isRequired: true };
}

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
