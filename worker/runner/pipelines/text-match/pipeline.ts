import { z } from "zod";
import type { TextMatchSettings } from "../../../../shared/model/pipelines/text-match/definition.ts";
import { readClassifier } from "../classes.ts";
import { makePipeline, type Pipeline, type ServedModel } from "../pipeline.ts";
import { prepareText } from "./prepare-text.ts";
import { topK } from "../top-k.ts";

const answerSchema = z.object({
  id: z.string(),
  question: z.string(),
  answer: z.string(),
  answer_id: z.string().optional(),
});

/**
 * A row is UTF-8 text. The model's input is [batch, 1] strings, its output [batch, answers] float32
 * probabilities.
 */
export function textMatch(model: ServedModel<TextMatchSettings>): Pipeline {
  const { settings, contract } = model;
  const { input, classes, scoresOf } = readClassifier(model, settings.answers, answerSchema);
  return makePipeline<string>({
    encode: (row) => prepareText(row.toString(), settings),
    blank: () => prepareText("warm up", settings),
    stack: (rows) => ({ [input.name]: { dtype: "string", dims: [rows.length, 1], data: rows } }),
    decode: (outputs, row, given) => {
      const { top_k: k, threshold } = contract.parameters.parse(given);
      const scores = scoresOf(outputs, row);
      const best = topK(scores, Number(k)).filter((i) => (scores[i] ?? 0) >= Number(threshold));
      return {
        matches: best.map((i, position) => ({
          rank: position + 1,
          ...classes[i],
          probability: scores[i],
        })),
      };
    },
  });
}
