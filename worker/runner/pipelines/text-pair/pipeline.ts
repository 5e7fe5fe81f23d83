import type { TextPairSettings } from "../../../../shared/model/pipelines/text-pair/definition.ts";
import { pairOf } from "../../../../shared/model/pipelines/text-pair/row.ts";
import { scorePipeline } from "../../tokens/score-pipeline.ts";
import type { Pipeline, ServedModel } from "../pipeline.ts";

/** A row is two texts. */
export function textPair(model: ServedModel<TextPairSettings>): Pipeline {
  return scorePipeline(model, pairOf);
}
