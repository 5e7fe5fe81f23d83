import { LINE, table, wrap } from "./table.ts";

type Row = Readonly<Record<string, unknown>>;

/** Longer texts would squeeze every other column; the first row's stand below the table, whole. */
const CELL_MAX = 50;

/** A model's output for a person: lists of objects as tables, the rest member by member. */
export function outputLines(output: unknown): readonly string[] {
  if (!isRow(output)) return [cellOf(output)];
  return Object.entries(output).flatMap(([name, value]) => {
    if (isRow(value)) return [name, ...pairs(value)];
    if (!Array.isArray(value) || value.length === 0) return table([[name, cellOf(value)]]);
    const entries: readonly unknown[] = value;
    const rows = entries.filter(isRow);
    const isTable = rows.length === entries.length;
    return isTable ? tableOf(rows.map(flat)) : table([[name, cellOf(value)]]);
  });
}

function pairs(row: Row): readonly string[] {
  const cells = Object.entries(row).map(([name, value]) => [name, cellOf(value)]);
  return cells.length === 0 ? [] : table(cells, { width: LINE - 2 }).map((line) => `  ${line}`);
}

/** With the members of its members as its own, such as the sides of a box, unless two have one name. */
function flat(row: Row): Row {
  const pairsOf = Object.entries(row).flatMap(([name, value]) =>
    isRow(value) ? Object.entries(value) : [[name, value] as const],
  );
  const all = Object.fromEntries(pairsOf);
  return Object.keys(all).length === pairsOf.length ? all : row;
}

function tableOf(rows: readonly Row[]): readonly string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isLong = (name: string): boolean =>
    rows.some((row) => cellOf(row[name]).length > CELL_MAX) && names.length > 1;
  const shown = names.filter((name) => !isLong(name));
  const cells = rows.map((row) => shown.map((name) => cellOf(row[name])));
  const below = names
    .filter(isLong)
    .flatMap((name) => ["", ...wrap(cellOf(rows[0]?.[name]), LINE)]);
  return [...table([shown.map((name) => name.toUpperCase()), ...cells]), ...below];
}

function cellOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && !Number.isInteger(value)) return String(+value.toPrecision(4));
  return value === undefined ? "" : JSON.stringify(value);
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
