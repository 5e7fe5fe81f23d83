import type { GraphValue } from "../onnx/graph.ts";
import { batchRemedy } from "../export-remedy.ts";
import type { LintRule } from "./finding.ts";

/** Inputs and outputs whose first dimension is not the batch: fixed, or not there. */
export const batchDimensionRule: LintRule = (model) => {
  const { inputs, outputs } = model.graph;
  const faults = [
    ...inputs.map((value) => ({ place: `input "${value.name}"`, why: faultOf(value) })),
    ...outputs.map((value) => ({ place: `output "${value.name}"`, why: faultOf(value) })),
  ].flatMap(({ place, why }) => (why === undefined ? [] : [{ place, why }]));
  const [first] = faults;
  if (first === undefined) return [];
  const place = faults.map((fault) => fault.place).join(", ");
  const fix = batchRemedy(model);
  return [{ level: "bad", rule: "batch-dimension", place, why: first.why, fix }];
};

function faultOf({ type }: GraphValue): string | undefined {
  if (type.kind !== "tensor" || type.dims === null) return undefined;
  const [first] = type.dims;
  if (first !== undefined && typeof first !== "number") return undefined;
  const shape = `[${type.dims.map((dim) => dim ?? "?").join(", ")}]`;
  return first === undefined
    ? "A single value: rows cannot be put together along a first dimension."
    : `The shape ${shape} has room for ${first} row${first === 1 ? "" : "s"}, no more and no fewer.`;
}
