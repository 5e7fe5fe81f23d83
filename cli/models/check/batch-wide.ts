import { allNodes } from "../onnx/all-nodes.ts";
import type { Finding, LintRule } from "./finding.ts";
import { placeOf } from "./producers.ts";

/** Nodes that compute one figure over the whole batch, so that a row's answer depends on strangers. */
export const batchWideRule: LintRule = (model, { maxBatchSize }) => {
  if (maxBatchSize === 1) return [];
  const nodes = [...allNodes(model)];
  const dynamic = nodes.filter(({ opType }) => opType === "DynamicQuantizeLinear");
  const training = nodes.filter(
    ({ opType, attributes }) =>
      opType === "BatchNormalization" && attributes.get("training_mode")?.int === 1n,
  );
  const findings: Finding[] = [];
  const add = (place: string, why: string, fix: string): void => {
    findings.push({ level: "bad", rule: "neighbours", place, why, fix });
  };
  if (dynamic.length > 0) {
    add(
      placeOf(dynamic),
      "DynamicQuantizeLinear takes its scale from the whole batch: rows change with their neighbours.",
      `onnxruntime.quantization: quantize_static, not quantize_dynamic;
or manifest.json: "batching": { "max_batch_size": 1 }`,
    );
  }
  if (training.length > 0) {
    add(
      placeOf(training),
      "BatchNormalization in training mode takes its mean from the batch: rows change with their neighbours.",
      "torch: torch.onnx.export(model.eval(), ...,\n  training=torch.onnx.TrainingMode.EVAL)",
    );
  }
  return findings;
};
