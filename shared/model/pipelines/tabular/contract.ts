import { z } from "zod";
import { specialFloats } from "../../tensor/element.ts";
import { InputFault, readInput, type Path } from "../../tensor/input-fault.ts";
import { elementJsonSchema, nestedJsonSchema } from "../../tensor/json-schema.ts";
import { rowShape } from "../../tensor/row.ts";
import type { ModelTensors, TensorSettings } from "../../tensor/settings.ts";
import { isTable, jsonOnly, type PipelineContract, type Table } from "../contract.ts";
import { plainRecords } from "./plain-record.ts";
import { isRequired, memberFault, recordOf, recordReader, type RecordReader } from "./record.ts";
import type { Column, TabularSettings } from "./settings.ts";

/** A row is one record, packed as the tensors that its columns feed (`tensor/row.ts`). */
export function contractOf(settings: TabularSettings, tensors: ModelTensors): PipelineContract {
  const { columns } = settings;
  const read = recordReader(tensors, settings);
  const plain = plainRecords(tensors, settings);
  const record = z.strictObject(
    Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
  );
  return {
    input: record.transform((values: Readonly<Record<string, unknown>>, context) =>
      readInput(context, () =>
        read(
          (name) => values[name],
          (name) => [name],
        ),
      ),
    ),
    table: z.unknown().transform((table, context) =>
      readInput(context, () => {
        if (!isTable(table)) throw new InputFault([], "is not a table");
        return rowsOfTable(table, columns, read);
      }),
    ),
    ...(plain === undefined ? {} : { plain }),
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      isRequired: isRequired(column),
    })),
    output: outputSchema(tensors, settings),
    outputPaths: () => tensors.outputs.flatMap((output) => pathsIn(output, settings)),
    parameters: z.strictObject({}),
    inputOf: (row) => recordOf(row, tensors, settings),
    ...jsonOnly,
  };
}

/** How an output is called in JSON: `label` and `probabilities` have names of their own. */
export function outputMember(name: string, { label, probabilities }: TabularSettings): string {
  if (name === label) return "label";
  return name === probabilities?.output ? "probabilities" : name;
}

/** Whether a row of this output is shown as its one element, and not as a list. */
export function isSingle(dims: readonly number[]): boolean {
  return dims.length === 0 || (dims.length === 1 && dims[0] === 1);
}

/** `label`, `probabilities/yes`, and the elements of any other list: `name/0`, `name/1`, … */
function pathsIn(output: TensorSettings, settings: TabularSettings): readonly Path[] {
  const { label, probabilities } = settings;
  const member = outputMember(output.name, settings);
  if (output.name === probabilities?.output) {
    return probabilities.classes.map((one) => [member, one]);
  }
  const dims = rowShape(output);
  const isOne = output.name === label || isSingle(dims);
  return isOne ? [[member]] : positionsIn(dims).map((position) => [member, ...position]);
}

/** All positions in nested lists of these lengths, row-major. */
function positionsIn([length, ...inner]: readonly number[]): readonly (readonly number[])[] {
  if (length === undefined) return [[]];
  return Array.from({ length }, (_, i) => i).flatMap((i) =>
    positionsIn(inner).map((position) => [i, ...position]),
  );
}

/** Checks each column by itself, so that every fault of a record is named, not only the first. */
function columnSchema(column: Column): z.ZodType {
  const check = (value: unknown, context: z.RefinementCtx): void => {
    const message = memberFault(value, column);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  };
  const schema = columnJsonSchema(column);
  if (isRequired(column)) return z.unknown().superRefine(check).meta(schema);
  const specials = column.missing !== undefined && column.type === "number" ? [SPECIALS] : [];
  const nullable = {
    anyOf: [schema, ...specials, { type: "null" }],
    default: column.default ?? null,
  };
  return z.unknown().optional().superRefine(check).meta(nullable);
}

/** What is no number in JSON: "NaN" is missing, as null is. */
const SPECIALS = { enum: specialFloats };

function columnJsonSchema({ type, values, unknown }: Column): Record<string, unknown> {
  if (values === undefined) return { type };
  return unknown === "error" ? { enum: values } : { type, examples: values };
}

/** @throws {InputFault} with a path into the table */
function rowsOfTable(
  { columns: names, data }: Table,
  columns: readonly Column[],
  read: RecordReader,
): Buffer[] {
  const positions = positionsOf(names, columns);
  return data.map((values, i) => {
    if (values.length !== names.length) {
      const what = `has ${values.length} values for ${names.length} columns`;
      throw new InputFault(["data", i], what);
    }
    return read(
      (name) => values[positions.get(name) ?? -1],
      (name) => ["data", i, ...(positions.has(name) ? [positions.get(name) ?? 0] : [])],
    );
  });
}

/** Where each column stands in a table. @throws {InputFault} unless each is known, once, and there */
function positionsOf(
  names: readonly string[],
  columns: readonly Column[],
): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    if (!columns.some((column) => column.name === name)) {
      throw new InputFault(["columns"], "is not a known column", [String(i)]);
    }
    if (positions.has(name)) throw new InputFault(["columns", i], "appears twice");
    positions.set(name, i);
  }
  const missing = columns.find((it) => isRequired(it) && !positions.has(it.name));
  if (missing === undefined) return positions;
  throw new InputFault(["columns"], `lacks "${missing.name}", which has no default`);
}

function outputSchema({ outputs }: ModelTensors, settings: TabularSettings): z.ZodType {
  const members = outputs.map((output): [string, z.ZodType] => [
    outputMember(output.name, settings),
    output.name === settings.probabilities?.output
      ? probabilitiesSchema(settings.probabilities.classes, output)
      : described(output),
  ]);
  return z.strictObject(Object.fromEntries(members));
}

function probabilitiesSchema(classes: readonly string[], output: TensorSettings): z.ZodType {
  const element = z.unknown().meta({ ...elementJsonSchema(output.dtype) });
  return z.strictObject(Object.fromEntries(classes.map((name) => [name, element])));
}

function described(output: TensorSettings): z.ZodType {
  const schema = isSingle(rowShape(output))
    ? elementJsonSchema(output.dtype)
    : nestedJsonSchema(output, "output");
  return z.unknown().meta({ ...schema });
}
