import type { TextClassificationSettings } from "../../../../shared/model/pipelines/text-classification/definition.ts";
import { scorePipeline } from "../../tokens/score-pipeline.ts";
import type { Pipeline, ServedModel } from "../pipeline.ts";

/** A row is UTF-8 text. */
export function textClassification(model: ServedModel<TextClassificationSettings>): Pipeline {
  return scorePipeline(model, (row) => [row.toString(), null]);
}
