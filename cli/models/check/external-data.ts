import { externalFiles } from "../onnx/external-files.ts";
import { finderAt, type LintRule } from "./finding.ts";

/** Weights in files that are not there: a version names all of its own, each with its digest. */
export const externalDataRule: LintRule = (model, { weights = [] }) => {
  const missing = [...externalFiles(model)].filter(([file]) => !weights.includes(file));
  const [first] = missing;
  if (first === undefined) return [];
  const [, tensor] = first;
  const files = missing.map(([file]) => file);
  const why = `Weights are in another file, "${tensor}" first, which is none of this version's.`;
  const fix = `put the file beside the graph and add both: npx scoreline models add
torch: torch.onnx.export(..., dynamo=True, external_data=False)
onnx: onnx.save(onnx.load(path), "whole.onnx")`;
  return [finderAt("external-data", files.slice(0, 3).join(", "))("bad", why, fix)];
};
