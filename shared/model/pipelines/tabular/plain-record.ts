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
 * Reads records straight into rows, where all columns are numbers: an object that has every column once.
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

class RecordReader {
  readonly #fields: readonly Field[];
  /** Which of them the record has had. */
  readonly #seen: Uint8Array;

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.#seen = new Uint8Array(fields.length);
  }

  read(json: PlainJson, row: Buffer): boolean {
    const view = new DataView(row.buffer, row.byteOffset, row.length);
    this.#seen.fill(0);
    for (let i = 0; i < this.#fields.length; i += 1) {
      if (!json.take(i === 0 ? OPEN : COMMA)) return false;
      const field = this.#next(json, i);
      if (field === undefined || !readValue(json, field, view)) return false;
    }
    return json.take(CLOSE);
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
  if (valueFault(value, column) !== undefined) return false;
  if (kind.write(view, position, value) !== undefined) return false;
  return column.type !== "integer" || isKept(value, kind, view, position);
}
