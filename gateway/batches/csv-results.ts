import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import { type Manifest, contractOf } from "../../shared/model/manifest.ts";
import { csvRecord, type CsvField } from "./csv.ts";
import { cursorText, type ResultPart, type ResultQuery } from "./results.ts";

/** A column of results, and where its value stands in an output. */
interface OutputColumn {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

const BEFORE = ["index", "custom_id", "status"] as const;
const AFTER = ["error_code", "error_detail", "cursor"] as const;

const lineSchema = z.looseObject({
  index: z.number(),
  custom_id: z.string().nullable(),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.looseObject({ code: z.string(), detail: z.string() }).optional(),
});

/**
 * Results as CSV: a header, then a record for each item. Its `cursor` says where to go on behind it.
 * The end is an empty line, which readers of CSV pass over: without it, what was received is cut off.
 *
 * @throws {ScoringError} `not_acceptable` for a model whose outputs have no columns
 */
export function csvResults(
  parts: AsyncIterable<ResultPart>,
  manifest: Manifest,
  order: ResultQuery["order"],
): AsyncGenerator<string> {
  return recordsOf(parts, columnsOf(manifest), order);
}

async function* recordsOf(
  parts: AsyncIterable<ResultPart>,
  columns: readonly OutputColumn[],
  order: ResultQuery["order"],
): AsyncGenerator<string> {
  yield csvRecord([...BEFORE, ...columns.map(({ name }) => name), ...AFTER]);
  for await (const part of parts) {
    if (part.kind === "end") {
      if (!part.isCut) yield "\r\n";
    } else {
      const records = part.lines.map(({ line, next }) =>
        recordOf(line, columns, cursorText(order, next)),
      );
      yield records.join("");
    }
  }
}

function recordOf(line: string, columns: readonly OutputColumn[], cursor: string): string {
  const { index, custom_id, status, output, error } = lineSchema.parse(JSON.parse(line));
  const outputs = columns.map(({ path }) => fieldAt(output, path));
  return csvRecord([index, custom_id, status, ...outputs, error?.code, error?.detail, cursor]);
}

function fieldAt(output: unknown, path: readonly (string | number)[]): CsvField {
  let value: unknown = output;
  for (const step of path) value = Object(value)[step];
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string"
    ? value
    : JSON.stringify(value);
}

/** `label`, `probabilities.yes`, and for the elements of any other list `name.0`, `name.1`, … */
function columnsOf(manifest: Manifest): readonly OutputColumn[] {
  const paths = contractOf(manifest).outputPaths?.();
  if (paths === undefined) {
    const message = "This model's outputs have no columns; use application/x-ndjson.";
    throw new ScoringError("not_acceptable", message);
  }
  const ours = new Set<string>([...BEFORE, ...AFTER]);
  return paths.map((path) => {
    const name = path.join(".");
    return { name: ours.has(name) ? `output.${name}` : name, path };
  });
}
