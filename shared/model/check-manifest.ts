import type { z } from "zod";
import type { Manifest, ScriptSettings, TabularSettings, TensorSettings } from "./manifest.ts";
import { isFetchable } from "./source-url.ts";
import { columnsOf, valueFault, type Column } from "./pipelines/tabular-row.ts";
import { schemaFault } from "./pipelines/given-schema.ts";
import { dimensionNames } from "./tensor/dimensions.ts";
import { elementCount } from "./tensor/row.ts";

type Report = (path: readonly (string | number)[], message: string) => void;

/** What members of a manifest must be to each other, which its schema cannot say. */
export function checkManifest(manifest: Manifest, context: z.RefinementCtx): void {
  const report: Report = (path, message) => {
    context.addIssue({ code: "custom", path: [...path], message });
  };
  for (const side of ["inputs", "outputs"] as const) {
    refuseTwins(manifest[side], [side], report);
  }
  const { source } = manifest.file;
  if (source !== undefined && !isFetchable(new URL(source))) {
    report(["file", "source"], "must be https, or http on the loopback address");
  }
  const { pipeline } = manifest;
  if (pipeline.type === "script") checkSchemas(pipeline, report);
  const isFixed = checkDimensions(manifest, report);
  if (pipeline.type !== "tabular" || !isFixed) return;
  const within: Report = (path, message) => report(["pipeline", ...path], message);
  refuseTwins(pipeline.columns, ["columns"], within);
  for (const [i, column] of pipeline.columns.entries()) {
    checkColumn(column, manifest.inputs, (path, message) =>
      within(["columns", i, ...path], message),
    );
  }
  for (const input of manifest.inputs) checkFeed(input, pipeline.columns, within);
  checkOutputs(manifest, pipeline, within);
}

/** @returns whether all dimensions are fixed */
function checkDimensions({ inputs, outputs, dimensions, pipeline }: Manifest, report: Report) {
  const names = dimensionNames(inputs);
  for (const [name, { min, max }] of Object.entries(dimensions)) {
    if (!names.includes(name)) report(["dimensions", name], "is not a dimension of the inputs");
    if (max !== undefined && max < min) report(["dimensions", name, "max"], "is less than `min`");
  }
  const [varying] = dimensionNames([...inputs, ...outputs]);
  if (varying !== undefined && pipeline.type !== "tensor" && pipeline.type !== "script") {
    report(["pipeline"], `cannot have "${varying}" vary; only \`tensor\` and \`script\` can`);
  }
  return varying === undefined;
}

function checkSchemas(settings: ScriptSettings, report: Report): void {
  for (const member of ["input", "output", "parameters"] as const) {
    const fault = schemaFault(settings[member] ?? {});
    if (fault !== undefined) report(["pipeline", member], fault);
  }
  const { parameters } = settings;
  if (parameters !== undefined && parameters["type"] !== "object") {
    report(["pipeline", "parameters"], "is not a schema of type object");
  }
}

function refuseTwins(
  named: readonly { readonly name: string }[],
  path: readonly string[],
  report: Report,
): void {
  const names = named.map(({ name }) => name);
  const twin = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twin !== -1) report([...path, twin, "name"], `appears twice: "${names[twin]}"`);
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
  { outputs }: Manifest,
  { label, probabilities }: TabularSettings,
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
