import type { LabelScoresSettings } from "../../../shared/model/pipelines/label-scores.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import { sigmoid, softmax, topK } from "../pipelines/top-k.ts";

/**
 * What a graph gave for one row as its answer: labels with their probabilities, or the one score.
 *
 * @param logits one for each label
 * @param given parameters of the request
 */
export function labelAnswer(
  { labels, activation }: LabelScoresSettings,
  contract: PipelineContract,
  logits: Float32Array,
  given: unknown,
): Readonly<Record<string, unknown>> {
  const scores = ACTIVATIONS[activation](logits);
  if (!scores.every(Number.isFinite)) throw new Error("an output is not finite");
  if (labels === null) return { score: scores[0] };
  const { top_k: k, threshold } = contract.parameters.parse(given);
  const best = topK(scores, Number(k)).filter((i) => (scores[i] ?? 0) >= Number(threshold));
  return {
    predictions: best.map((index) => ({
      label: labels[index],
      index,
      probability: scores[index],
    })),
  };
}

/** By the name of the setting. */
const ACTIVATIONS = { softmax, sigmoid, none: (scores: Float32Array) => scores };
