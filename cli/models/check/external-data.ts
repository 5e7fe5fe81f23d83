import { allGraphs } from "../onnx/all-nodes.ts";
import { finderAt, type LintRule } from "./finding.ts";

/** Weights beside the model's file: a version is one file, whose digest its manifest names. */
export const externalDataRule: LintRule = (model) => {
  const outside = [...allGraphs(model)]
    .flatMap(({ initializers, nodes }) => [
      ...initializers,
      ...nodes.flatMap(({ attributes }) =>
        [...attributes.values()].flatMap(({ tensor }) => (tensor === null ? [] : [tensor])),
      ),
    ])
    .filter(({ external }) => external !== null);
  const [first] = outside;
  if (first === undefined) return [];
  const files = [...new Set(outside.map(({ external }) => external ?? ""))];
  const why = `Weights are in another file, "${first.name}" first: a version has one.`;
  const fix = `torch: torch.onnx.export(..., dynamo=True, external_data=False)
onnx: onnx.save(onnx.load(path), "whole.onnx")`;
  return [finderAt("external-data", files.slice(0, 3).join(", "))("bad", why, fix)];
};
