import { stripTypeScriptTypes } from "node:module";
import { parsers } from "prettier/plugins/acorn";
import { analyse, type Report } from "scslre";
import { z } from "zod";
import { isExponential } from "../../../shared/regular-expression/ambiguity.ts";
import { automataOf } from "../../../shared/regular-expression/automaton.ts";
import type { SourceFile } from "./repository.ts";

/** A regular expression as it stands in a file of ours. */
export interface Expression {
  /** `path:line` */
  readonly place: string;
  readonly source: string;
  readonly flags: string;
  /** Something is put in when it runs, for which one letter stands here. */
  readonly isMade: boolean;
}

const regexSchema = z.object({ pattern: z.string(), flags: z.string() });
const nodeSchema = z.looseObject({
  type: z.string(),
  start: z.number(),
  regex: regexSchema.optional(),
});
const makingSchema = z.looseObject({
  type: z.enum(["NewExpression", "CallExpression"]),
  callee: z.looseObject({ name: z.literal("RegExp") }),
  arguments: z.array(z.looseObject({ type: z.string(), value: z.unknown().optional() })),
});
const templateSchema = z.object({
  quasis: z.array(z.object({ value: z.object({ cooked: z.string() }) })),
});

/** All of a file: literals, and what is made with `RegExp`, by their place in the syntax tree. */
export async function expressionsOf({ path, text }: SourceFile): Promise<readonly Expression[]> {
  const found: Expression[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null) {
      const one = expressionOf(value, { path, text });
      if (one !== undefined) found.push(one);
      Object.values(value).forEach(visit);
    }
  };
  // The parser asks for no more of its options than the file's name.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const options = { filepath: path } as Parameters<typeof parsers.acorn.parse>[1];
  // Types leave blanks, so that lines stay; without them parsing is four times as fast.
  visit(
    await parsers.acorn.parse(path.endsWith(".ts") ? stripTypeScriptTypes(text) : text, options),
  );
  return found;
}

/** Where an expression takes more steps than a multiple of the text's length, in words. */
export function slowness({ place, source, flags }: Expression): readonly string[] {
  const words = analyse({ source, flags }).reports.map(wordsOf);
  // It looks for texts that repeat one character: those that repeat several are left to us.
  if (automataOf(source, flags, 1).some(isExponential)) {
    words.push("can read a text in exponentially many ways");
  }
  return words.map((what) => `${place}: /${source}/${flags} ${what}`);
}

function expressionOf(value: object, file: SourceFile): Expression | undefined {
  if (!("regex" in value || "callee" in value)) return undefined;
  const node = nodeSchema.safeParse(value).data;
  if (node === undefined) return undefined;
  const place = `${file.path}:${file.text.slice(0, node.start).split("\n").length}`;
  if (node.regex !== undefined) {
    const { pattern, flags } = node.regex;
    return { place, source: pattern, flags, isMade: false };
  }
  const making = makingSchema.safeParse(value).data;
  if (making === undefined) return undefined;
  const [pattern, flags] = making.arguments;
  const parts = templateSchema.safeParse(pattern).data?.quasis.map((it) => it.value.cooked);
  const source = typeof pattern?.value === "string" ? pattern.value : (parts ?? ["", ""]).join("x");
  const isMade = typeof pattern?.value !== "string" && parts?.length !== 1;
  return { place, source, flags: typeof flags?.value === "string" ? flags.value : "", isMade };
}

function wordsOf({ type, exponential, character }: Report): string {
  const growth = exponential ? "exponentially" : "at least quadratically";
  return `(${type}) grows ${growth} with many ${JSON.stringify(character.pick)}`;
}
