import { isDtype } from "../../../shared/model/tensor/element.ts";
import { valuesOf, type ValueType } from "../onnx/graph.ts";
import { tensorRemedy } from "../export-remedy.ts";
import { finderAt, type LintRule } from "./finding.ts";

/** Inputs and outputs that are no tensors, such as maps and sequences, or of no dtype that is served. */
export const valueTypeRule: LintRule = (model) =>
  valuesOf(model).flatMap(({ place, type }) => {
    const found = finderAt("type", place);
    if (type.kind === "unknown" || isServed(type)) return [];
    if (type.kind === "tensor") {
      const why = `Its elements are ${type.dtype}, which cannot be served.`;
      return [found("bad", why, "torch: torch.onnx.export(model.float(), ...)")];
    }
    const { kind, remedy } = tensorRemedy(type, model);
    return [found("bad", `It is ${kind}; only tensors can be served.`, remedy)];
  });

function isServed(type: ValueType): boolean {
  if (type.kind !== "tensor") return false;
  return type.dtype === "undefined" || isDtype(type.dtype);
}
