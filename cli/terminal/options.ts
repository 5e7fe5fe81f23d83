import { parseArgs } from "node:util";
import type { Arguments, Options } from "./command.ts";
import { LINE, wrap } from "./table.ts";

/** @throws {TypeError} when an option is unknown, or has no value, or one too many */
export function parseOptions(options: Options, args: readonly string[]): Arguments {
  const config = Object.fromEntries(Object.entries(options).flatMap(parserOf));
  const { values, positionals } = parseArgs({
    args: joined(args, options),
    options: config,
    allowPositionals: true,
  });
  const flags: Record<string, string | boolean | undefined> = {};
  const lists: Record<string, readonly string[]> = {};
  for (const [flag, value] of Object.entries(values)) {
    if (Array.isArray(value)) lists[flag] = value.map(String);
    else flags[flag] = value;
  }
  return { words: positionals, flags, lists };
}

/** `--pixels -1..1` as `--pixels=-1..1`: a value that begins as a number does is no option. */
function joined(args: readonly string[], options: Options): string[] {
  const withValue = new Set(
    Object.keys(options).flatMap((typed) => {
      const [word = "", value] = typed.split(" ");
      return word.startsWith("--") && value !== undefined ? [word] : [];
    }),
  );
  const words: string[] = [];
  for (const arg of args) {
    const last = words.at(-1) ?? "";
    const isValue = withValue.has(last) && /^-[.\d]/.test(arg) && !words.includes("--");
    if (isValue) words[words.length - 1] = `${last}=${arg}`;
    else words.push(arg);
  }
  return words;
}

/** `--param NAME=VALUE ...` as `parseArgs` wants it. */
function parserOf([typed, about]: [string, Options[string]]) {
  const [word = "", value, dots] = typed.split(" ");
  const [, dashes, name = ""] = /^(--?)(.+)$/.exec(word) ?? [];
  if (dashes === undefined) return [];
  const type = value === undefined ? ("boolean" as const) : ("string" as const);
  const short = dashes === "-" ? { short: name } : {};
  const byDefault = typeof about === "string" ? {} : { default: about.default };
  return [[name, { type, multiple: dots !== undefined, ...short, ...byDefault }] as const];
}

/** A longer label has a line of its own. */
const LABEL_MAX = 21;

/** Options and what they are for, in two columns. */
export function optionLines(options: Options): readonly string[] {
  const lengths = Object.keys(options).map((typed) => typed.length);
  const indent = Math.max(...lengths.filter((length) => length <= LABEL_MAX)) + 4;
  return Object.entries(options).flatMap(([typed, about]) => {
    const text = wrap(helpText(typed, about), LINE - indent);
    const lines = typed.length > LABEL_MAX ? ["", ...text] : text;
    return lines.map((line, i) => (i === 0 ? `  ${typed}` : "").padEnd(indent) + line);
  });
}

function helpText(typed: string, about: Options[string]): string {
  const kind = typed.startsWith("-") ? "" : "environment variable: ";
  return kind + (typeof about === "string" ? about : `${about.help} (default: ${about.default})`);
}
