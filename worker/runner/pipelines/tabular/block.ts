import { isSingle, outputMember } from "../../../../shared/model/pipelines/tabular/contract.ts";
import type { TabularSettings } from "../../../../shared/model/pipelines/tabular/settings.ts";
import { dimensionNames } from "../../../../shared/model/tensor/dimensions.ts";
import { isNumeric } from "../../../../shared/model/tensor/element.ts";
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

/** The JSON text of one output of one row. */
type WriteOutput = (outputs: Tensors, row: number) => string;

function writer(
  outputs: readonly TensorSettings[],
  settings: TabularSettings,
): (results: Tensors, count: number) => string {
  const names = outputs.map(({ name }) => outputMember(name, settings));
  const members = inOrder(names).map(([i, start]) => {
    return { start, write: outputWriter(outputs[i]?.name ?? "", settings) };
  });
  return (results, count) => {
    const lines: string[] = [];
    for (let row = 0; row < count; row += 1) {
      let line = "";
      for (const { start, write } of members) line += start + write(results, row);
      lines.push(`${line}}`);
    }
    return lines.join("\n");
  };
}

function outputWriter(name: string, { label, probabilities }: TabularSettings): WriteOutput {
  if (name !== probabilities?.output) {
    return (results, row) => {
      const tensor = outputRow(results, name, row);
      const isOne = name === label || isSingle(tensor.dims);
      return JSON.stringify(nest(readElements(tensor), isOne ? [] : tensor.dims));
    };
  }
  const members = inOrder(probabilities.classes);
  return (results, row) => {
    const elements = readElements(outputRow(results, name, row));
    if (members.length !== elements.length) {
      throw new Error(`${elements.length} probabilities for ${members.length} classes`);
    }
    let text = "";
    for (const [i, start] of members) text += start + JSON.stringify(elements[i]);
    return `${text}}`;
  };
}

/** What stands in front of each member of an object, in the order in which JavaScript has them. */
function inOrder(names: readonly string[]): readonly (readonly [index: number, start: string])[] {
  const order = Object.keys(Object.fromEntries(names.map((name) => [name, 0])));
  return order.map((name, i) => [
    names.indexOf(name),
    `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`,
  ]);
}
