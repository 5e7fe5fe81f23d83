import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../../terminal/command.ts";
import { messageOf } from "../../../shared/message-of.ts";

const labelsSchema = z.array(
  z.union([
    z
      .string()
      .min(1)
      .transform((label) => ({ label })),
    z.object({ label: z.string().min(1), wnid: z.string().optional() }),
  ]),
);

/** A class: its name, and its WordNet id where a file gives one. */
export type ClassLabel = z.infer<typeof labelsSchema>[number];

/**
 * Reads class names: a .json array of strings or of `{label, wnid}`, or a text file with a name on
 * each line, or names separated by commas.
 *
 * @throws {UsageError} when it is none of these
 */
export function readLabels(given: string): readonly ClassLabel[] {
  if (!given.endsWith(".json")) return readNames(given, "labels").map((label) => ({ label }));
  const parsed = labelsSchema.safeParse(readJson(given, "labels"));
  if (parsed.success) return parsed.data;
  throw new UsageError(`--labels ${given}: is not an array of names, nor of {"label": name}`);
}

/**
 * Reads names: separated by commas, or from a file that holds a JSON array of strings, a name on each
 * line, or the head of a CSV file.
 *
 * @param flag whose value it is
 * @throws {UsageError} when a file cannot be read, or a name is empty
 */
export function readNames(given: string, flag: string): readonly string[] {
  const isFile = existsSync(given);
  if (!isFile && /\.(?:txt|csv|json)$/.test(given)) {
    throw new UsageError(`--${flag} ${given}: there is no such file`);
  }
  const names = isFile ? namesOfFile(given, flag) : split(given, ",");
  if (names.length > 0 && names.every((name) => name !== "")) return names;
  throw new UsageError(`--${flag} ${given}: a name is empty`);
}

function namesOfFile(path: string, flag: string): readonly string[] {
  if (path.endsWith(".json")) {
    const parsed = z.array(z.string()).safeParse(readJson(path, flag));
    if (parsed.success) return parsed.data;
    throw new UsageError(`--${flag} ${path}: is not an array of strings`);
  }
  const text = readFileSync(path, "utf8")
    .replace(/^\uFEFF/, "")
    .trimEnd();
  const lines = split(text, /\r?\n/);
  return path.endsWith(".csv") ? split(lines[0] ?? "", ",").map(unquote) : lines;
}

/** @throws {UsageError} naming the flag, when it is no JSON */
export function readJson(path: string, flag: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`--${flag} ${path}: ${messageOf(error)}`);
  }
}

function split(text: string, by: string | RegExp): readonly string[] {
  return text.split(by).map((part) => part.trim());
}

function unquote(cell: string): string {
  return cell.replace(/^"(.*)"$/, "$1");
}
