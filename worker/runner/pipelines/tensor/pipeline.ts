import { unpackRow, type TensorRow } from "../../../../shared/model/tensor/row.ts";
import { writeTensor } from "../../../../shared/model/tensor/write-tensor.ts";
import { makePipeline, type Pipeline, type ServedModel } from "../pipeline.ts";
import { blankRow, outputRow, shapeKey, stackRows } from "../tensor-rows.ts";

/**
 * A row is a slice of every input of the model, which may have any element types and shapes with
 * the batch first. All its outputs are answered, in the form in which the inputs came.
 */
export function tensor({ manifest }: ServedModel<unknown>): Pipeline {
  const { inputs, outputs } = manifest;
  return makePipeline<TensorRow>({
    encode: (row) => unpackRow(row, inputs),
    blank: () => blankRow(manifest),
    shapeKey,
    stack: (rows) => stackRows(rows, inputs),
    decode: (results, row, _parameters, { form }) =>
      Object.fromEntries(
        outputs.map(({ name }) => [name, writeTensor(outputRow(results, name, row), form)]),
      ),
  });
}
