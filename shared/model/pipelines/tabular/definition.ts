import { missingFault, type ModelTensors, type TensorSettings } from "../../tensor/settings.ts";
import { elementCount } from "../../tensor/row.ts";
import { compareValues } from "../compare.ts";
import { definePipeline, refuseTwins, type Report } from "../definition.ts";
import type { KnownClasses } from "../truth.ts";
import { contractOf } from "./contract.ts";
import { columnsOf, valueFault } from "./record.ts";
import { settings, type Column, type TabularSettings } from "./settings.ts";
import { tabularVersions } from "./versions.ts";

/** A row is one record, packed as the tensors that its columns feed (`tensor/row.ts`). */
export const tabular = definePipeline({
  settings,
  check,
  contract: contractOf,
  compare: compareValues,
  versions: tabularVersions,
  classes: tabularClasses,
  example: ({ columns }) =>
    Object.fromEntries(columns.map(({ name, type, values }) => [name, values?.[0] ?? PLAIN[type]])),
});

/** Labels are taken for names of classes where both are texts, or both are whole numbers. */
function tabularClasses(
  { label, probabilities }: TabularSettings,
  _: unknown,
  { outputs }: ModelTensors,
): KnownClasses | undefined {
  if (probabilities === undefined) return undefined;
  const dtype = outputs.find(({ name }) => name === label)?.dtype ?? "string";
  const isNamed = dtype === "string" || probabilities.classes.every((one) => /^-?\d+$/.test(one));
  if (!isNamed) return undefined;
  const all = probabilities.classes.map((one) => ({ label: one }));
  return { all, names: ["label"], hasOthers: true, canBeNone: false };
}

const PLAIN = { number: 1.5, integer: 1, string: "a", boolean: false };

function check(table: TabularSettings, report: Report, { inputs, outputs }: ModelTensors): void {
  const { columns } = table;
  refuseTwins(columns, ["columns"], report);
  for (const [i, column] of columns.entries()) {
    checkColumn(column, inputs, (path, message) => report(["columns", i, ...path], message));
  }
  for (const input of inputs) checkFeed(input, columns, report);
  checkOutputs(table, outputs, report);
}

function checkColumn(column: Column, inputs: readonly TensorSettings[], report: Report): void {
  const input = inputs.find(({ name }) => name === column.input);
  if (input === undefined) report(["input"], "is not one of the inputs");
  else if (!fits(column, input)) report(["type"], `does not go into a tensor of ${input.dtype}`);
  for (const [i, value] of (column.values ?? []).entries()) {
    const fault = valueFault(value, { ...column, unknown: "pass" });
    if (fault !== undefined) report(["values", i], fault);
  }
  const fault = column.default === undefined ? undefined : valueFault(column.default, column);
  if (fault !== undefined) report(["default"], fault);
  const odd = column.missing === undefined ? undefined : gapFault(column.missing, column, input);
  if (odd !== undefined) report(["missing"], odd);
}

/** @returns why `missing` cannot stand for a value of the column that is missing */
function gapFault(
  missing: string,
  { type, default: usual }: Column,
  input: TensorSettings | undefined,
): string | undefined {
  if (usual !== undefined) return "does not go together with `default`";
  if (type !== "number" && type !== "string") return `is not for columns of type ${type}`;
  return input === undefined ? undefined : missingFault(missing, input.dtype);
}

/** Numbers never become integers, and nothing but strings becomes strings. */
function fits({ type }: Column, { dtype }: TensorSettings): boolean {
  if (type === "string" || dtype === "string") return type === dtype;
  if (dtype === "bool") return type === "boolean";
  return type !== "number" || dtype.startsWith("float");
}

function checkFeed(input: TensorSettings, columns: readonly Column[], report: Report): void {
  const feeding = columnsOf(input.name, columns);
  const count = elementCount(input);
  if (feeding.length !== count) {
    report(["columns"], `fill ${feeding.length} of the ${count} elements of "${input.name}"`);
  }
  const positions = columns
    .filter((column) => column.input === input.name)
    .map((column, i) => column.position ?? i);
  if (new Set(positions).size < positions.length || positions.some((one) => one >= count)) {
    report(["columns"], `do not fill "${input.name}" one by one: ${positions.join(", ")}`);
  }
}

function checkOutputs(
  { label, probabilities }: TabularSettings,
  outputs: readonly TensorSettings[],
  report: Report,
): void {
  const find = (name: string): TensorSettings | undefined =>
    outputs.find((output) => output.name === name);
  if (label !== undefined) {
    const output = find(label);
    if (output === undefined) report(["label"], "is not one of the outputs");
    else if (elementCount(output) !== 1) report(["label"], "is not a single value");
    else if (label !== "label" && find("label")) report(["label"], 'is not the output "label"');
  }
  if (probabilities === undefined) return;
  const output = find(probabilities.output);
  const { classes } = probabilities;
  const place = ["probabilities", "classes"];
  if (output === undefined) report(["probabilities", "output"], "is not one of the outputs");
  else if (elementCount(output) !== classes.length) {
    report(
      place,
      `are ${classes.length}, but "${output.name}" has ${elementCount(output)} elements`,
    );
  } else if (output.name !== "probabilities" && find("probabilities")) {
    report(["probabilities", "output"], 'is not the output "probabilities"');
  }
  if (new Set(classes).size < classes.length) report(place, "are not all different");
}
