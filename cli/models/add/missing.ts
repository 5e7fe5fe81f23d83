import { MISSING_NUMBER } from "../../../shared/model/tensor/settings.ts";
import { UsageError } from "../../terminal/command.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import { missingTextOf } from "./categories.ts";
import { gapsIn } from "./gaps.ts";
import { readNames } from "./lists.ts";
import type { RowElement, Rows } from "./row-elements.ts";

/** A column whose `missing` is asked for. */
interface Asked {
  readonly name: string;
  readonly type: "number" | "integer" | "string" | "boolean";
  readonly element: RowElement;
}

/**
 * What the model is given where a value of a column is missing; undefined where such a record is to be
 * refused: as the graph tells, unless `--missing` says it.
 *
 * @param said `all`, `none`, or the columns that may be missing
 * @throws {UsageError} when a column is not there, or cannot hold what is missing
 */
export function missingOf(
  columns: readonly Asked[],
  { model, rows, said }: { readonly model: OnnxModel; readonly rows: Rows; readonly said?: string },
): readonly (string | undefined)[] {
  const isGap = gapsIn(model, rows);
  const chosen = said === undefined ? undefined : chosenOf(said, columns);
  return columns.map(({ name, type, element }) => {
    if (chosen?.has(name) === false || !isHolding(type)) return undefined;
    if (type === "number")
      return chosen !== undefined || isGap(element) ? MISSING_NUMBER : undefined;
    const text = missingTextOf(model, rows, element);
    return chosen === undefined ? text : (text ?? "");
  });
}

function isHolding(type: Asked["type"]): boolean {
  return type === "number" || type === "string";
}

function chosenOf(said: string, columns: readonly Asked[]): ReadonlySet<string> {
  if (said === "none") return new Set();
  if (said === "all" && columns.some(({ type }) => isHolding(type))) {
    return new Set(columns.map(({ name }) => name));
  }
  if (said === "all")
    throw new UsageError("--missing all: no column here can hold what is missing");
  const names = readNames(said, "missing");
  for (const name of names) {
    const column = columns.find((it) => it.name === name);
    if (column === undefined) throw new UsageError(`--missing: there is no column "${name}"`);
    if (isHolding(column.type)) continue;
    throw new UsageError(
      `--missing: "${name}" is ${column.type}, which cannot hold what is missing`,
    );
  }
  return new Set(names);
}

/** As `allowed in age, fare: null, left out, or empty in CSV`; none where none may be missing. */
export function missingFacts(
  columns: readonly { readonly name: string; readonly missing?: string }[],
): readonly [string, string][] {
  const names = columns.flatMap(({ name, missing }) => (missing === undefined ? [] : [name]));
  if (names.length === 0) return [];
  const isAll = names.length === columns.length && names.length > 1;
  const which = isAll ? "all columns" : names.join(", ");
  return [["missing", `allowed in ${which}: null, left out, or empty in CSV`]];
}
