import { elementKinds, isNumeric, type ElementKind } from "../../tensor/element.ts";
import { dimensionNames } from "../../tensor/dimensions.ts";
import { packRow, tensorBytes } from "../../tensor/row.ts";
import type { ModelTensors } from "../../tensor/settings.ts";
import type { PlainRows } from "../contract.ts";
import { plainName, type PlainJson } from "../plain-json.ts";
import { columnsOf, isKept, valueFault } from "./record.ts";
import type { Column, TabularSettings } from "./settings.ts";

/** Where a column's value goes. */
interface Field {
  readonly column: Column;
  readonly name: Uint8Array;
  readonly kind: ElementKind;
  /** In the row, in bytes. */
  readonly position: number;
}

/**
 * Reads records straight into rows, where all columns are numbers: an object that has every column once,
 * but for those that may be missing.
 * What this reads is what `recordReader` would have made of it; all else it leaves to that.
 */
export function plainRecords(
  { inputs }: Pick<ModelTensors, "inputs">,
  { columns }: TabularSettings,
): PlainRows | undefined {
  const isNumber = ({ type }: Column): boolean => type === "number" || type === "integer";
  if (!columns.every(isNumber) || dimensionNames(inputs).length > 0) return undefined;
  const tensors = inputs.map((input) => new Uint8Array(tensorBytes(input) ?? 0));
  const blank = packRow({ form: "nested", sizes: new Map(), tensors }, inputs);
  const fields: Field[] = [];
  let position = blank.length - tensors.reduce((sum, { length }) => sum + length, 0);
  for (const input of inputs) {
    if (!isNumeric(input.dtype)) return undefined;
    const kind = elementKinds[input.dtype];
    for (const column of columnsOf(input.name, columns)) {
      const name = plainName(column.name);
      if (name === undefined) return undefined;
      fields.push({ column, name, kind, position });
      // What a record leaves out, or has as null, stays as it is here.
      if (column.missing !== undefined) kind.write(viewOf(blank), position, "NaN");
      position += kind.bytes;
    }
  }
  const reader = new RecordReader(fields);
  return {
    rowBytes: blank.length,
    read: (json) => {
      const row = Buffer.from(blank);
      return reader.read(json, row) ? row : undefined;
    },
  };
}

const [OPEN, COMMA, CLOSE] = [0x7b, 0x2c, 0x7d] as const;

const NULL = Buffer.from("null");

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

class RecordReader {
  readonly #fields: readonly Field[];
  /** Which of them the record has had. */
  readonly #seen: Uint8Array;

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.#seen = new Uint8Array(fields.length);
  }

  read(json: PlainJson, row: Buffer): boolean {
    const view = viewOf(row);
    this.#seen.fill(0);
    for (let i = 0; i < this.#fields.length; i += 1) {
      if (!json.take(i === 0 ? OPEN : COMMA)) return i > 0 && this.#mayEnd() && json.take(CLOSE);
      const field = this.#next(json, i);
      if (field === undefined || !readValue(json, field, view)) return false;
    }
    return json.take(CLOSE);
  }

  /** Whether all that the record has not had may be missing. */
  #mayEnd(): boolean {
    return this.#fields.every(
      ({ column }, i) => this.#seen[i] === 1 || column.missing !== undefined,
    );
  }

  /** Most records have their members in the order of the columns. */
  #next(json: PlainJson, expected: number): Field | undefined {
    for (let i = 0; i < this.#fields.length; i += 1) {
      const at = (expected + i) % this.#fields.length;
      const field = this.#fields[at];
      if (field === undefined || this.#seen[at] === 1 || !json.takeName(field.name)) continue;
      this.#seen[at] = 1;
      return field;
    }
    return undefined;
  }
}

function readValue(json: PlainJson, { column, kind, position }: Field, view: DataView): boolean {
  const value = json.number();
  if (valueFault(value, column) !== undefined) {
    return Number.isNaN(value) && column.missing !== undefined && json.takeWord(NULL);
  }
  if (kind.write(view, position, value) !== undefined) return false;
  return column.type !== "integer" || isKept(value, kind, view, position);
}
