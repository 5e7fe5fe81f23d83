import type { BatchItem } from "../../../shared/batch/items.ts";
import { fault, ScoringError } from "../../../shared/error.ts";
import {
  ROW_BYTES_MAX,
  type PipelineContract,
  type TextColumn,
} from "../../../shared/model/pipelines/contract.ts";
import { inLine } from "./batch-request.ts";
import { recordsOf, type CsvRecord } from "./csv-records.ts";
import { badItem, customIdOf, readEach, readItem, type ItemReader } from "./item.ts";
import { linesOf } from "./lines.ts";

/** The column of the caller's own ids, unless the model has one of this name. */
const CUSTOM_ID = "custom_id";

/** What the fields of a record are, in their order. */
interface Header {
  readonly columns: readonly (TextColumn | typeof CUSTOM_ID)[];
}

/**
 * The items of CSV: a header of the model's columns in any order, then a record for each item.
 *
 * @param skip how many records after the header the batch has already
 * @throws {ScoringError} naming line and column; without the lines that are let pass
 */
export async function* csvItems(
  body: AsyncIterable<Uint8Array>,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<readonly BatchItem[]> {
  const columns = columnsOf(reader.contract);
  let header: Header | undefined;
  let left = skip;
  const lines = linesOf(body, ROW_BYTES_MAX, "raw");
  for await (const some of recordsOf(lines, ROW_BYTES_MAX)) {
    const [first, ...rest] = some;
    if (first === undefined) continue;
    const records = header === undefined ? rest : some;
    const known: Header = (header ??= readHeader(first, columns));
    yield* readEach(records.slice(left), (record) => itemOf(record, known, reader));
    left = Math.max(0, left - records.length);
  }
  if (header === undefined) throw fault("invalid_input", "", "The CSV has no header.");
}

/** @throws {ScoringError} `unsupported_media_type` for a model that has no columns */
function columnsOf({ columns }: PipelineContract): readonly TextColumn[] {
  if (columns !== undefined) return columns;
  const message = "text/csv is accepted only for models whose inputs are plain columns.";
  throw new ScoringError("unsupported_media_type", message);
}

/** @throws {ScoringError} unless each column is known, once, and those without a default are there */
function readHeader({ line, fields }: CsvRecord, known: readonly TextColumn[]): Header {
  if (fields instanceof ScoringError) throw inLine(fields, line);
  const refuse = (column: string, detail: string, code: "unknown_field" | "invalid_input") =>
    columnError(line, [{ column, detail }], { code, unlisted: 0 });
  const columns = fields.map((name = "") => {
    const column = known.find((it) => it.name === name) ?? (name === CUSTOM_ID ? name : undefined);
    if (column !== undefined) return column;
    const all = known.map((it) => it.name).join(", ");
    throw refuse(
      name.slice(0, 100),
      `is not a known column; the columns are ${all}`,
      "unknown_field",
    );
  });
  const twice = fields.find((name, i) => fields.indexOf(name) !== i);
  if (twice !== undefined) throw refuse(twice, "appears twice", "invalid_input");
  const missing = known.find((it) => it.isRequired && !fields.includes(it.name));
  if (missing === undefined) return { columns };
  throw refuse(missing.name, "is missing and has no default", "invalid_input");
}

function itemOf(record: CsvRecord, header: Header, reader: ItemReader): BatchItem {
  const id = idFieldOf(record, header);
  try {
    return readItem(() => valueOf(record, header, id), "", { ...reader, isLenient: false });
  } catch (error) {
    const named = inColumns(error, record.line);
    if (!reader.isLenient || !(named instanceof ScoringError)) throw named;
    return badItem(named, customIdOf({ custom_id: id }));
  }
}

/** @returns the item as JSON has it @throws {ScoringError} for a record that fits no header */
function valueOf(
  { fields }: CsvRecord,
  { columns }: Header,
  customId: string | undefined,
): { input: Record<string, unknown>; custom_id?: string } {
  if (fields instanceof ScoringError) throw fields;
  if (fields.length !== columns.length) {
    const what = `The record has ${fields.length} fields for ${columns.length} columns.`;
    throw new ScoringError("invalid_input", what);
  }
  const input: Record<string, unknown> = {};
  for (const [i, column] of columns.entries()) {
    if (column !== CUSTOM_ID) input[column.name] = valueOfField(fields[i], column);
  }
  return customId === undefined ? { input } : { custom_id: customId, input };
}

function idFieldOf({ fields }: CsvRecord, { columns }: Header): string | undefined {
  if (fields instanceof ScoringError || fields.length !== columns.length) return undefined;
  const at = columns.indexOf(CUSTOM_ID);
  return at < 0 || fields[at] === "" ? undefined : fields[at];
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** What is no number, as pandas, R and we ourselves write it. */
const SPECIALS: Readonly<Record<string, string>> = {
  na: "NaN",
  nan: "NaN",
  inf: "Infinity",
  infinity: "Infinity",
  "-inf": "-Infinity",
  "-infinity": "-Infinity",
};
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

/**
 * What a field says, by its column's type; text that says nothing of the kind stays text, for the
 * model's own schema to refuse. Only text knows `""` from nothing.
 */
function valueOfField(field: string | undefined, { type }: TextColumn): unknown {
  if (field === undefined || type === "string") return field ?? null;
  if (field === "") return null;
  if (type === "boolean") return BOOLEANS[field.toLowerCase()] ?? field;
  return NUMBER.test(field) ? Number(field) : (SPECIALS[field.toLowerCase()] ?? field);
}

/** The same error, told by line and column: CSV has no pointers. */
function inColumns(error: unknown, line: number): unknown {
  if (!(error instanceof ScoringError) || error.faults.length === 0) return inLine(error, line);
  const faults = error.faults.map(({ pointer = "", detail }) => {
    const [, first = "", second] = pointer.split("/");
    const column = (second ?? first).replaceAll("~1", "/").replaceAll("~0", "~");
    return { column, detail };
  });
  return columnError(line, faults, error);
}

function columnError(
  line: number,
  faults: readonly { readonly column: string; readonly detail: string }[],
  { code, unlisted }: Pick<ScoringError, "code" | "unlisted">,
): ScoringError {
  const what = faults.map(({ column, detail }) => `column "${column}" ${detail}`).join("; ");
  const more = { faults, unlisted, members: { line } };
  return new ScoringError(code, `Line ${line}: ${what}`, more);
}
