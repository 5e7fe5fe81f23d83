import { batchAgain } from "../onnx/batch-again.ts";
import { shapeText, valuesOf, type OnnxModel, type ValueType } from "../onnx/graph.ts";
import { batchRemedy } from "../export-remedy.ts";
import { finderAt, type LintRule } from "./finding.ts";

/**
 * Inputs and outputs whose first dimension is not the batch: fixed, or not there; and outputs that have the
 * batch once more.
 */
export const batchDimensionRule: LintRule = (model, { maxBatchSize, apart }) => {
  if (maxBatchSize === 1) return [];
  const faults = valuesOf(model).flatMap(({ place, name, type }) => {
    const why = faultOf(type);
    if (!place.startsWith("output")) return why === undefined ? [] : [{ place, why }];
    const seen = apart?.get(name);
    const ofRuns = seen === undefined ? undefined : `It is ${seen}: not a row for each row.`;
    const said = ofRuns ?? why ?? againFault(type, model);
    return said === undefined ? [] : [{ place, why: said }];
  });
  const [first] = faults;
  if (first === undefined) return [];
  const found = finderAt("batch-dimension", faults.map(({ place }) => place).join(", "));
  const fix = `${batchRemedy(model)}
or add it as it is, to be run row by row: models add --unbatched`;
  return [found("bad", first.why, fix)];
};

function againFault(type: ValueType, model: OnnxModel): string | undefined {
  const [, ...others] = type.kind === "tensor" ? (type.dims ?? []) : [];
  const again = batchAgain(others, model);
  if (again === undefined) return undefined;
  return `The dimension "${again}" is as long as the batch: the answer to one row would change with its neighbours.`;
}

function faultOf(type: ValueType): string | undefined {
  if (type.kind !== "tensor" || type.dims === null) return undefined;
  const [first] = type.dims;
  if (first !== undefined && typeof first !== "number") return undefined;
  return first === undefined
    ? "A single value: rows cannot be put together along a first dimension."
    : `The shape ${shapeText(type.dims)} has room for ${first} row${first === 1 ? "" : "s"}, no more and no fewer.`;
}
