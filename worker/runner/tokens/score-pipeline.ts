import type { LabelScoresSettings } from "../../../shared/model/pipelines/label-scores.ts";
import type { Pipeline, ServedModel } from "../pipelines/pipeline.ts";
import { labelAnswer } from "./label-answer.ts";
import { tokenPipeline } from "./token-pipeline.ts";

/**
 * A pipeline whose graph gives a number for each label.
 *
 * @param textsOf a row's text, and the second one of a pair
 */
export function scorePipeline(
  model: ServedModel<LabelScoresSettings>,
  textsOf: (row: Buffer) => readonly [text: string, pair: string | null],
): Pipeline {
  const { settings, contract } = model;
  return tokenPipeline(model, (tokenizer) => ({
    encode: async (row) => tokenizer.encode(...textsOf(row)),
    blank: (blank) => blank,
    decode: ({ data }, given) => labelAnswer(settings, contract, data, given),
  }));
}
