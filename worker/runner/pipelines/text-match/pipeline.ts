import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { TextMatchSettings } from "../../../../shared/model/pipelines/text-match/definition.ts";
import { floatOutput, makePipeline, type Pipeline, type ServedModel } from "../pipeline.ts";
import { prepareText } from "./prepare-text.ts";
import { topK } from "../top-k.ts";

const answersSchema = z.array(
  z.object({ id: z.string(), question: z.string(), answer: z.string() }),
);

/**
 * A row is UTF-8 text. The model's input is [batch, 1] strings, its output [batch, answers] float32
 * probabilities.
 */
export function textMatch({
  manifest,
  settings,
  contract: { parameters },
  folder,
}: ServedModel<TextMatchSettings>): Pipeline {
  const answers = answersSchema.parse(
    JSON.parse(readFileSync(join(folder, settings.answers), "utf8")),
  );
  const [input] = manifest.inputs;
  const [output] = manifest.outputs;
  if (input === undefined || output === undefined) throw new Error("manifest without tensors");
  return makePipeline<string>({
    encode: (row) => prepareText(row.toString(), settings),
    blank: () => prepareText("warm up", settings),
    stack: (rows) => ({ [input.name]: { dtype: "string", dims: [rows.length, 1], data: rows } }),
    decode: (outputs, row, given) => {
      const { top_k: k, threshold } = parameters.parse(given);
      const all = floatOutput(outputs, output.name);
      const scores = all.subarray(row * answers.length, (row + 1) * answers.length);
      const best = topK(scores, Number(k)).filter((i) => (scores[i] ?? 0) >= Number(threshold));
      return {
        matches: best.map((i, place) => ({
          rank: place + 1,
          ...answers[i],
          probability: scores[i],
        })),
      };
    },
  });
}
