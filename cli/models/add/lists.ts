import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { CsvRecords } from "../../../gateway/batches/upload/csv-records.ts";
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
  const hint = given.endsWith(".csv") && names[0] === "" ? "; pandas: to_csv(index=False)" : "";
  throw new UsageError(`--${flag} ${given}: a name is empty${hint}`);
}

function namesOfFile(path: string, flag: string): readonly string[] {
  if (path.endsWith(".json")) {
    const parsed = z.array(z.string()).safeParse(readJson(path, flag));
    if (parsed.success) return parsed.data;
    throw new UsageError(`--${flag} ${path}: is not an array of strings`);
  }
  const bytes = readFileSync(path);
  if (path.endsWith(".csv")) return headOf(bytes);
  return split(
    bytes
      .toString()
      .replace(/^\uFEFF/, "")
      .trimEnd(),
    /\r?\n/,
  );
}

/** The head of a table as a batch of it will be read, whose names are to be the same. */
function headOf(bytes: Buffer): readonly string[] {
  const records = new CsvRecords(HEAD_BYTES_MAX);
  let [number, from] = [1, 0];
  while (from < bytes.length) {
    const end = bytes.indexOf("\n", from);
    const until = end < 0 ? bytes.length : end;
    const record = records.add({ number, bytes: bytes.subarray(from, until) });
    if (record !== undefined) {
      return record.fields instanceof Error ? [] : record.fields.map((field = "") => field);
    }
    [number, from] = [number + 1, until + 1];
  }
  return [];
}

const HEAD_BYTES_MAX = 1_000_000;

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
