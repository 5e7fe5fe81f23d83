import { z } from "zod";
import type { SettingsOf } from "../../../shared/model/pipelines.ts";
import type { Kind } from "./kind.ts";

const outputSchema = z.object({
  matches: z.array(
    z.object({ id: z.string(), answer_id: z.string().optional(), probability: z.number() }),
  ),
});

/**
 * A ranking: a triple `[id, answer id, probability]` for each question, most probable first. Clients of
 * the reference count on all questions, so as many are asked for as the model gives.
 */
export function faqKind({ top_k: topK }: SettingsOf<"text-match">): Kind {
  return {
    parameters: { top_k: topK.max, threshold: 0 },
    answer: (outputs, { form }) => {
      const rankings = outputs.map(ranking);
      return form === "one" ? rankings[0] : rankings;
    },
    isTimed: false,
    schema: {
      type: "array",
      description: "`[id, answer id, probability]` of each question, most probable first.",
      items: { type: "array", items: {} },
      example: [["clone-array", "clone-array", 0.9648356]],
    },
  };
}

/** An entry without an answer's id is its own answer. */
function ranking(output: unknown): readonly (readonly [string, string, number])[] {
  const { matches } = outputSchema.parse(output);
  return matches.map(({ id, answer_id: answer = id, probability }) => [id, answer, probability]);
}
