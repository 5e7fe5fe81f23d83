import { dtypes } from "../../../shared/model/tensor/element.ts";
import type { GraphValue, OnnxDtype, OnnxModel } from "../onnx/graph.ts";
import { tensorRemedy } from "../export-remedy.ts";
import type { Finding, LintRule } from "./finding.ts";

/** Inputs and outputs that are no tensors, such as maps and sequences, or of no dtype that is served. */
export const valueTypeRule: LintRule = (model) => [
  ...model.graph.inputs.flatMap((value) => faultOf(value, `input "${value.name}"`, model)),
  ...model.graph.outputs.flatMap((value) => faultOf(value, `output "${value.name}"`, model)),
];

function faultOf({ type }: GraphValue, place: string, model: OnnxModel): readonly Finding[] {
  if (type.kind === "unknown") return [];
  if (type.kind === "tensor") return isServed(type.dtype) ? [] : [unserved(type.dtype, place)];
  const { kind, remedy } = tensorRemedy(type, model);
  const why = `It is ${kind}; only tensors can be served.`;
  return [{ level: "bad", rule: "type", place, why, fix: remedy }];
}

function isServed(dtype: OnnxDtype): boolean {
  return dtype === "undefined" || dtypes.some((known) => known === dtype);
}

function unserved(dtype: OnnxDtype, place: string): Finding {
  return {
    level: "bad",
    rule: "type",
    place,
    why: `Its elements are ${dtype}, which cannot be served.`,
    fix: "torch: torch.onnx.export(model.float(), ...)",
  };
}
