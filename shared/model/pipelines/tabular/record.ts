import {
  elementKinds,
  isNumeric,
  isSpecialFloat,
  stringFault,
  type ElementKind,
  type JsonElement,
} from "../../tensor/element.ts";
import { InputFault, type Path } from "../../tensor/input-fault.ts";
import { toBytes } from "../../tensor/read-tensor.ts";
import { readRow } from "../../tensor/read-row.ts";
import { packRow } from "../../tensor/row.ts";
import type { ModelTensors, TensorSettings } from "../../tensor/settings.ts";
import { readElements } from "../../tensor/write-tensor.ts";
import type { Column, TabularSettings } from "./settings.ts";

type Scalar = string | number | boolean;

/** An input tensor, and the columns that fill a row of it, in the order of its elements. */
interface Feed {
  readonly tensor: TensorSettings;
  readonly columns: readonly Column[];
}

/** A record as a row; `pathOf` says where the value of a column stands. */
export type RecordReader = (
  valueOf: (column: string) => unknown,
  pathOf: (column: string) => Path,
) => Buffer;

/**
 * Makes the reader of records: values are checked, defaults put in for missing ones, and all are
 * packed as a row of tensors (`tensor/row.ts`).
 */
export function recordReader(
  { inputs }: Pick<ModelTensors, "inputs">,
  { columns }: TabularSettings,
): RecordReader {
  const feeds = inputs.map((tensor) => ({ tensor, columns: columnsOf(tensor.name, columns) }));
  return (valueOf, pathOf) => {
    const tensors = feeds.map((feed) => readFeed(feed, valueOf, pathOf));
    return packRow({ form: "nested", sizes: new Map(), tensors }, inputs);
  };
}

/** The record that a row was made of, with the defaults that were put in. @throws {RangeError} as `readRow` */
export function recordOf(
  row: Buffer,
  { inputs }: Pick<ModelTensors, "inputs">,
  { columns }: Pick<TabularSettings, "columns">,
): Readonly<Record<string, unknown>> {
  const members = readRow(row, inputs).tensors.flatMap((tensor) => {
    const elements = readElements(tensor);
    return columnsOf(tensor.name, columns).map((column, i): [string, unknown] => [
      column.name,
      memberOf(elements[i], column),
    ]);
  });
  return Object.fromEntries(members);
}

/** A number that is missing is null, as tables have it; a text stays what the model was given. */
function memberOf(element: JsonElement | undefined, { type, missing }: Column): unknown {
  if (type === "boolean") return Boolean(element);
  return type === "number" && missing !== undefined && element === "NaN" ? null : element;
}

/** The columns that feed a tensor, in its order: by `position`, else as they are listed. */
export function columnsOf(input: string, columns: readonly Column[]): readonly Column[] {
  return columns
    .filter((column) => column.input === input)
    .map((column, i) => ({ column, position: column.position ?? i }))
    .toSorted((a, b) => a.position - b.position)
    .map(({ column }) => column);
}

function readFeed(
  { tensor, columns }: Feed,
  valueOf: (column: string) => unknown,
  pathOf: (column: string) => Path,
): Buffer {
  const placeOf = (i: number): Path => pathOf(columns[i]?.name ?? "");
  const elements = columns.map((column) => {
    const value = readValue(valueOf(column.name), column, pathOf(column.name));
    return typeof value === "boolean" && tensor.dtype !== "bool" ? Number(value) : value;
  });
  const bytes = toBytes(elements, tensor, placeOf);
  if (!isNumeric(tensor.dtype)) return bytes;
  const kind = elementKinds[tensor.dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const changed = columns.findIndex(
    ({ type }, i) => type === "integer" && !isKept(elements[i], kind, view, i * kind.bytes),
  );
  if (changed === -1) return bytes;
  throw new InputFault(placeOf(changed), `is an integer that ${tensor.dtype} cannot hold exactly`);
}

/** Whether an integer that was written to a tensor is still itself: floats round. */
export function isKept(value: unknown, kind: ElementKind, view: DataView, at: number): boolean {
  return kind.read(view, at) === value;
}

/** @throws {InputFault} for a value that is missing, of another type, or of no known category */
function readValue(value: unknown, column: Column, path: Path): Scalar {
  const fault = memberFault(value, column);
  if (fault !== undefined) throw new InputFault(path, fault);
  const read = value ?? column.default ?? missingOf(column);
  if (isScalar(read)) return read;
  throw new InputFault(path, "is not a value");
}

/** @returns what is wrong with a member of a record, there or not, or undefined */
export function memberFault(value: unknown, column: Column): string | undefined {
  if (value !== null && value !== undefined) return valueFault(value, column);
  return isRequired(column) ? "is missing and has no default" : undefined;
}

/** Whether a record without this column is refused. */
export function isRequired({ default: usual, missing }: Column): boolean {
  return usual === undefined && missing === undefined;
}

/** What the model is given for what is missing; undefined where the column does not say. */
function missingOf({ missing, type }: Column): string | undefined {
  return missing === undefined || type === "string" ? missing : "NaN";
}

/** @returns what is wrong with a value of this column, or undefined */
export function valueFault(value: unknown, column: Column): string | undefined {
  const { values, unknown } = column;
  const fault = typeFault(value, column);
  if (fault !== undefined || values === undefined || unknown === "pass") return fault;
  if (values.some((known) => known === value) || value === missingOf(column)) return undefined;
  const shown = values.slice(0, 10).map((known) => JSON.stringify(known));
  return `is not one of ${shown.join(", ")}${values.length > shown.length ? ", …" : ""}`;
}

function typeFault(value: unknown, { type, missing }: Column): string | undefined {
  switch (type) {
    case "number":
      if (typeof value === "number") return Number.isFinite(value) ? undefined : "is too large";
      if (missing === undefined) return "is not a number";
      return isSpecialFloat(value) ? undefined : "is not a number, nor missing";
    case "integer":
      if (Number.isSafeInteger(value)) return undefined;
      return Number.isInteger(value) ? "is an integer beyond 2^53 - 1" : "is not an integer";
    case "boolean":
      return typeof value === "boolean" ? undefined : "is not true or false";
    case "string":
      return stringFault(value);
  }
}

function isScalar(value: unknown): value is Scalar {
  return ["string", "number", "boolean"].includes(typeof value);
}
