import { allNodes } from "../onnx/all-nodes.ts";
import type { GraphNode } from "../onnx/graph.ts";
import { finderAt, type Finding, type LintRule } from "./finding.ts";
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
  return [
    ...found(
      dynamic,
      "DynamicQuantizeLinear takes its scale from the whole batch: rows change with their neighbours.",
      `onnxruntime.quantization: quantize_static, not quantize_dynamic;
or manifest.json: "batching": { "max_batch_size": 1 }`,
    ),
    ...found(
      training,
      "BatchNormalization in training mode takes its mean from the batch: rows change with their neighbours.",
      "torch: torch.onnx.export(model.eval(), ...,\n  training=torch.onnx.TrainingMode.EVAL)",
    ),
  ];
};

function found(nodes: readonly GraphNode[], why: string, fix: string): readonly Finding[] {
  return nodes.length > 0 ? [finderAt("neighbours", placeOf(nodes))("bad", why, fix)] : [];
}
