import { shapeText, valuesOf, type ValueType } from "../onnx/graph.ts";
import { batchRemedy } from "../export-remedy.ts";
import { finderAt, type LintRule } from "./finding.ts";

/** Inputs and outputs whose first dimension is not the batch: fixed, or not there. */
export const batchDimensionRule: LintRule = (model, { maxBatchSize, apart }) => {
  if (maxBatchSize === 1) return [];
  const faults = valuesOf(model).flatMap(({ place, name, type }) => {
    const seen = place.startsWith("output") ? apart?.get(name) : undefined;
    const why = seen === undefined ? faultOf(type) : `It is ${seen}: not a row for each row.`;
    return why === undefined ? [] : [{ place, why }];
  });
  const [first] = faults;
  if (first === undefined) return [];
  const found = finderAt("batch-dimension", faults.map(({ place }) => place).join(", "));
  const fix = `${batchRemedy(model)}
or add it as it is, to be run row by row: models add --unbatched`;
  return [found("bad", first.why, fix)];
};

function faultOf(type: ValueType): string | undefined {
  if (type.kind !== "tensor" || type.dims === null) return undefined;
  const [first] = type.dims;
  if (first !== undefined && typeof first !== "number") return undefined;
  return first === undefined
    ? "A single value: rows cannot be put together along a first dimension."
    : `The shape ${shapeText(type.dims)} has room for ${first} row${first === 1 ? "" : "s"}, no more and no fewer.`;
}
