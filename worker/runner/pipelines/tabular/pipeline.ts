import { isSingle, outputMember } from "../../../../shared/model/pipelines/tabular/contract.ts";
import type {
  Column,
  TabularSettings,
} from "../../../../shared/model/pipelines/tabular/settings.ts";
import { unpackRow, type TensorRow } from "../../../../shared/model/tensor/row.ts";
import {
  nest,
  readElements,
  type Nested,
  type RowTensor,
} from "../../../../shared/model/tensor/write-tensor.ts";
import { makePipeline, type Pipeline, type ServedModel } from "../pipeline.ts";
import { outputRow, stackRows } from "../tensor-rows.ts";
import { blockSteps } from "./block.ts";

/**
 * A row is a record, packed as the tensors that its columns feed: one float32 [batch, n] for all,
 * or one [batch, 1] for each, or anything between. All outputs are answered; those that the
 * settings name become `label` and `probabilities`, by class.
 */
export function tabular({
  manifest,
  settings,
  contract: { input },
}: ServedModel<TabularSettings>): Pipeline {
  const { inputs, outputs } = manifest;
  const blank = Object.fromEntries(settings.columns.map((column) => [column.name, any(column)]));
  const block = blockSteps(manifest, settings);
  const pipeline = makePipeline<TensorRow>({
    encode: (row) => unpackRow(row, inputs),
    blank: () => unpackRow(input.parse(blank), inputs),
    stack: (rows) => stackRows(rows, inputs),
    decode: (results, row) =>
      Object.fromEntries(
        outputs.map(({ name }) => [
          outputMember(name, settings),
          valueOf(name, outputRow(results, name, row), settings),
        ]),
      ),
  });
  return block === undefined ? pipeline : { ...pipeline, block };
}

/** A value that a column takes: models may throw at categories they do not know. */
function any(column: Column): string | number | boolean {
  const zeros = { string: "", boolean: false, integer: 0, number: 0 };
  return column.default ?? column.values?.[0] ?? zeros[column.type];
}

function valueOf(
  name: string,
  tensor: RowTensor,
  { label, probabilities }: TabularSettings,
): Nested | Record<string, Nested> {
  const elements = readElements(tensor);
  if (name === probabilities?.output) {
    const { classes } = probabilities;
    if (classes.length !== elements.length) {
      throw new Error(`${elements.length} probabilities for ${classes.length} classes`);
    }
    return Object.fromEntries(classes.map((one, i) => [one, elements[i] ?? 0]));
  }
  return name === label || isSingle(tensor.dims) ? nest(elements, []) : nest(elements, tensor.dims);
}
