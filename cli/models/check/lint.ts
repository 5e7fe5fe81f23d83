import type { OnnxModel } from "../onnx/graph.ts";
import { batchDimensionRule } from "./batch-dimension.ts";
import { batchWideRule } from "./batch-wide.ts";
import { externalDataRule } from "./external-data.ts";
import type { Finding, LintContext, LintRule } from "./finding.ts";
import { opsetRule } from "./opset.ts";
import { valueTypeRule } from "./value-type.ts";
import { quantisedBiasRule } from "./quantised-bias.ts";
import { tokenizerRule } from "./tokenizer.ts";

const RULES: readonly LintRule[] = [
  opsetRule,
  externalDataRule,
  valueTypeRule,
  batchDimensionRule,
  batchWideRule,
  quantisedBiasRule,
  tokenizerRule,
];

/** All that is wrong with a graph as far as its file says, without running it. */
export function lint(
  model: OnnxModel,
  context: LintContext = { maxBatchSize: undefined },
): readonly Finding[] {
  return RULES.flatMap((rule) => rule(model, context));
}
