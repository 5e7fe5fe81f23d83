import type { LabelScoresSettings } from "../../../shared/model/pipelines/label-scores.ts";
import type { Pipeline, ServedModel } from "../pipelines/pipeline.ts";
import { labelAnswer } from "./label-answer.ts";
import { outputFloats } from "./output-floats.ts";
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
  const { settings, contract, manifest } = model;
  const [output] = manifest.outputs;
  if (output === undefined) throw new Error("manifest without outputs");
  return tokenPipeline(model, (tokenizer) => ({
    encode: async (row) => tokenizer.encode(...textsOf(row)),
    blank: (blank) => blank,
    decode: (outputs, row, given, { ids, isTruncated }) => {
      const { data } = outputFloats(outputs, output.name, row);
      const answer = labelAnswer(settings, contract, data, given);
      return { ...answer, tokens: ids.length, truncated: isTruncated };
    },
  }));
}
