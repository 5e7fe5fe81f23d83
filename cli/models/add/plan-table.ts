import { CommandError, UsageError } from "../../terminal/command.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import type { Questions } from "../../terminal/questions.ts";
import { askLabels } from "./ask-labels.ts";
import { categoriesOf } from "./categories.ts";
import { classNamesOf } from "./class-names.ts";
import { classOutputsOf, fitsTable, widthOf, type ClassOutputs } from "./guess.ts";
import { readNames } from "./lists.ts";
import { missingFacts, missingOf } from "./missing.ts";
import { rowsIn } from "./row-elements.ts";
import type { Planner } from "./plan.ts";
import type { RowTensor, RowTensors } from "./servable.ts";

/**
 * A table: columns by the names of the inputs, or as they are given; a classifier's outputs by class.
 *
 * @throws {CommandError} when the graph takes no table
 */
export const planTable: Planner = async (model, tensors, questions) => {
  if (!fitsTable(tensors)) {
    throw new CommandError(
      "tabular takes inputs [batch, columns] and outputs [batch, n]; try --pipeline tensor",
    );
  }
  const columns = await columnsFor(model, tensors, questions);
  const named = outputsFor(tensors, questions);
  const classes = await classesFor(model, named, questions);
  const { label, probabilities } = named;
  const outputs = tensors.outputs.map((output) =>
    output === probabilities ? { ...output, dims: [classes.length] } : output,
  );
  const facts: [string, string][] = [
    ["columns", columns.map(({ name }) => name).join(", ")],
    ...renamedFacts(tensors.inputs, columns),
    ...categoryFacts(columns),
    ...missingFacts(columns),
  ];
  if (classes.length > 0) facts.push(["classes", classes.join(", ")]);
  return {
    inputs: tensors.inputs,
    outputs,
    pipeline: {
      type: "tabular",
      columns,
      ...(label === null ? {} : { label: label.name }),
      ...(probabilities === null ? {} : { probabilities: { output: probabilities.name, classes } }),
    },
    files: new Map(),
    facts,
  };
};

interface PlannedColumn {
  readonly name: string;
  readonly type: "number" | "integer" | "string" | "boolean";
  readonly input: string;
  readonly missing?: string;
  readonly values?: readonly (string | number)[];
  readonly unknown?: "error" | "pass";
}

/** How many categories of a column are shown. */
const SHOWN = 8;

/** As `sex: female, male (others pass)`. */
function categoryFacts(columns: readonly PlannedColumn[]): readonly [string, string][] {
  return columns.flatMap(({ name, values, unknown }, i) => {
    if (values === undefined) return [];
    const isFirst = columns.findIndex((column) => column.values !== undefined) === i;
    const more = values.length > SHOWN ? `, … ${values.length - SHOWN} more` : "";
    const others = unknown === "pass" ? "others pass" : "others are refused";
    const list = `${values.slice(0, SHOWN).join(", ")}${more}`;
    return [[isFirst ? "categories" : "", `${name}: ${list} (${others})`]];
  });
}

async function columnsFor(
  model: OnnxModel,
  { inputs }: RowTensors,
  questions: Questions,
): Promise<readonly PlannedColumn[]> {
  const columns = inputs.flatMap((input) =>
    Array.from({ length: widthOf(input) }, (_, position) => ({ input, position })),
  );
  const defaults = columns.map(({ input, position }) =>
    defaultName(input, position, inputs.length),
  );
  const names = await namesFor(inputs, defaults, questions);
  const rows = rowsIn(model.graph, inputs);
  const asked = columns.map(({ input, position }, i) => ({
    name: names[i] ?? "",
    type: typeOf(input),
    element: { input: input.name, position },
  }));
  const said = questions.said("missing");
  const context = { model, rows, ...(said === undefined ? {} : { said }) };
  const gaps = missingOf(asked, context);
  return asked.map(({ name, type, element }, i) => {
    const missing = gaps[i];
    const given = missing === undefined ? {} : { missing };
    const column = { name, type, input: element.input, ...given };
    const known = categoriesOf(model, rows, element);
    if (known === null || !isOfType(known.values, type)) return column;
    return { ...column, values: known.values, unknown: known.isClosed ? "error" : "pass" };
  });
}

function typeOf({ dtype }: RowTensor): PlannedColumn["type"] {
  if (dtype === "string") return "string";
  if (dtype === "bool") return "boolean";
  return dtype.startsWith("float") ? "number" : "integer";
}

function isOfType(values: readonly (string | number)[], type: PlannedColumn["type"]): boolean {
  return values.every((value) => (typeof value === "string") === (type === "string"));
}

function defaultName(input: RowTensor, position: number, inputCount: number): string {
  if (widthOf(input) === 1) return columnName(input.name);
  return inputCount === 1 ? `x${position}` : `${columnName(input.name)}_${position}`;
}

/** A name that is easy to type in JSON and shells: what is no letter, digit, `.`, `-` or `_` is `_`. */
function columnName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "_");
}

async function namesFor(
  inputs: readonly RowTensor[],
  defaults: readonly string[],
  questions: Questions,
): Promise<readonly string[]> {
  const fault = (answer: string): string | undefined => {
    const names = readNames(answer, "columns");
    if (names.length !== defaults.length) {
      return `these are ${names.length} names for ${defaults.length} columns`;
    }
    const twin = names.find((name, i) => names.indexOf(name) !== i);
    return twin === undefined ? undefined : `"${twin}" appears twice`;
  };
  const collision = fault(defaults.join());
  if (collision !== undefined && questions.said("columns") === undefined && !questions.isAsking) {
    throw new UsageError(`names of columns: ${collision}; name all ${defaults.length}: --columns`);
  }
  const isNamed = inputs.every((input) => widthOf(input) === 1);
  if (isNamed && questions.said("columns") === undefined && collision === undefined) {
    return defaults;
  }
  const wide = inputs.map((input) => `"${input.name}"`).join(", ");
  const answer = await questions.ask({
    flag: "columns",
    text: `Names of the ${defaults.length} columns of ${wide}, in order; or a file of them.`,
    byDefault: defaults.join(","),
    fault,
  });
  return isNamed ? inOrder(readNames(answer, "columns"), defaults) : readNames(answer, "columns");
}

/** Names that are those of the graph in another order, as in a file of the table, go by name. */
function inOrder(names: readonly string[], defaults: readonly string[]): readonly string[] {
  const found = defaults.map((one) => names.find((name) => columnName(name) === one));
  return found.every((name) => name !== undefined) ? found : names;
}

/** What a graph calls its columns otherwise. */
function renamedFacts(
  inputs: readonly RowTensor[],
  columns: readonly PlannedColumn[],
): readonly [string, string][] {
  const renamed = inputs.flatMap((input) => {
    const own = columns.find((column) => column.input === input.name)?.name;
    const isOwn = widthOf(input) === 1 && own === columnName(input.name);
    return isOwn && own !== input.name ? [`"${input.name}" is ${own}`] : [];
  });
  return renamed.length === 0
    ? []
    : [["renamed", `${renamed.join(", ")}; --columns says otherwise`]];
}

function outputsFor(tensors: RowTensors, questions: Questions): ClassOutputs {
  const guessed = classOutputsOf(tensors);
  const chosen = (flag: string, guess: RowTensor | null): RowTensor | null => {
    const name = questions.said(flag);
    if (name === undefined) return guess;
    const found = tensors.outputs.find((output) => output.name === name);
    if (found !== undefined) return found;
    const names = tensors.outputs.map((output) => output.name).join(", ");
    throw new UsageError(`--${flag} ${name}: there is no such output. There is: ${names}`);
  };
  return {
    label: chosen("label-output", guessed.label),
    probabilities: chosen("probabilities-output", guessed.probabilities),
  };
}

/** @returns the names of the classes; empty when there are no probabilities to name */
async function classesFor(
  model: OnnxModel,
  { label, probabilities }: ClassOutputs,
  questions: Questions,
): Promise<readonly string[]> {
  if (probabilities === null) return [];
  const [size] = probabilities.dims;
  const count = typeof size === "number" ? size : null;
  const known = [label, probabilities].flatMap((output) =>
    output === null ? [] : (classNamesOf(model, output.name, count) ?? []),
  );
  const found = count === null ? known : known.slice(0, count);
  if (questions.said("labels") === undefined && found.length > 0) return found;
  return (await askLabels(questions, count)).map((given) => given.label);
}
