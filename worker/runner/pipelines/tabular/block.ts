import { isSingle, outputMember } from "../../../../shared/model/pipelines/tabular/contract.ts";
import type { TabularSettings } from "../../../../shared/model/pipelines/tabular/settings.ts";
import { dimensionNames } from "../../../../shared/model/tensor/dimensions.ts";
import { floatJson, isNumeric, type JsonElement } from "../../../../shared/model/tensor/element.ts";
import { packRow, rowShape, tensorBytes } from "../../../../shared/model/tensor/row.ts";
import type { ModelTensors, TensorSettings } from "../../../../shared/model/tensor/settings.ts";
import { nest, readElements } from "../../../../shared/model/tensor/write-tensor.ts";
import type { BlockSteps, Tensors } from "../pipeline.ts";
import { outputRow } from "../tensor-rows.ts";
import { tensorOfBytes } from "../plain-tensor.ts";

/** @returns undefined where rows have no common length */
export function blockSteps(
  { inputs, outputs }: ModelTensors,
  settings: TabularSettings,
): BlockSteps | undefined {
  if (dimensionNames(inputs).length > 0) return undefined;
  const lengths = inputs.map((input) => tensorBytes(input));
  const tensors = lengths.map((length) => new Uint8Array(length ?? 0));
  if (lengths.includes(undefined)) return undefined;
  const { length: rowBytes } = packRow({ form: "nested", sizes: new Map(), tensors }, inputs);
  return { rowBytes, stack: stacker(inputs, rowBytes), write: writer(outputs, settings) };
}

function stacker(inputs: readonly TensorSettings[], rowBytes: number): (rows: Buffer) => Tensors {
  const lengths = inputs.map((input) => tensorBytes(input) ?? 0);
  const headBytes = rowBytes - lengths.reduce((sum, length) => sum + length, 0);
  return (rows) => {
    const count = rows.length / rowBytes;
    let start = headBytes;
    return Object.fromEntries(
      inputs.map((input, i) => {
        const length = lengths[i] ?? 0;
        const bytes = Buffer.from(new ArrayBuffer(count * length));
        for (let row = 0; row < count; row += 1) {
          const at = start + row * rowBytes;
          rows.copy(bytes, row * length, at, at + length);
        }
        start += length;
        if (!isNumeric(input.dtype)) throw new Error("strings have no length of their own");
        const dims = [count, ...rowShape(input)];
        return [input.name, tensorOfBytes(input.dtype, dims, bytes.buffer)];
      }),
    );
  };
}

/** The JSON text of a row of one output; made anew for each run. */
type WriteRow = (row: number) => string;

function writer(
  outputs: readonly TensorSettings[],
  settings: TabularSettings,
): (results: Tensors, count: number) => string {
  const names = outputs.map(({ name }) => outputMember(name, settings));
  const members = inOrder(names).map(([i, start]) => ({ start, name: outputs[i]?.name ?? "" }));
  const classes = inOrder(settings.probabilities?.classes ?? []);
  return (results, count) => {
    const parts = members.map(({ start, name }) => ({
      start,
      write:
        name === settings.probabilities?.output
          ? classesWriter(results, name, classes)
          : valueWriter(results, name, name === settings.label),
    }));
    const lines: string[] = [];
    for (let row = 0; row < count; row += 1) {
      let line = "";
      for (const { start, write } of parts) line += start + write(row);
      lines.push(`${line}}`);
    }
    return lines.join("\n");
  };
}

function valueWriter(results: Tensors, name: string, isLabel: boolean): WriteRow {
  const whole = results[name];
  // One text a row, as labels are.
  if (whole?.dtype === "string" && whole.data.length === whole.dims[0]) {
    const isOne = isLabel || isSingle(whole.dims.slice(1));
    if (isOne) return (row) => JSON.stringify(whole.data[row]);
  }
  return (row) => {
    const tensor = outputRow(results, name, row);
    const isOne = isLabel || isSingle(tensor.dims);
    return JSON.stringify(nest(readElements(tensor), isOne ? [] : tensor.dims));
  };
}

/** @throws {Error} when there are not as many probabilities in a row as classes */
function classesWriter(
  results: Tensors,
  name: string,
  classes: readonly (readonly [index: number, start: string])[],
): WriteRow {
  const { length } = readElements(outputRow(results, name, 0));
  if (classes.length !== length) {
    throw new Error(`${length} probabilities for ${classes.length} classes`);
  }
  const tensor = results[name];
  const isFloat = tensor?.dtype === "float32" || tensor?.dtype === "float64";
  return (row) => {
    // Nearly all are floats, which need no view of the row.
    const elements = isFloat ? tensor.data : readElements(outputRow(results, name, row));
    const first = isFloat ? row * length : 0;
    let text = "";
    for (const [i, start] of classes) text += start + elementText(elements[first + i]);
    return `${text}}`;
  };
}

function elementText(value: JsonElement | undefined): string {
  return JSON.stringify(typeof value === "number" ? floatJson(value) : value);
}

/** What stands in front of each member of an object, in the order in which JavaScript has them. */
function inOrder(names: readonly string[]): readonly (readonly [index: number, start: string])[] {
  const order = Object.keys(Object.fromEntries(names.map((name) => [name, 0])));
  return order.map((name, i) => [
    names.indexOf(name),
    `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`,
  ]);
}
