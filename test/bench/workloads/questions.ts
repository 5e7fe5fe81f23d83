import { z } from "zod";
import { repositoryFile } from "../../support/client.ts";

/** The model that all arms serve. */
export const MODEL = { name: "faq-javascript", folder: "models/faq-javascript/1" };

/** What the trainer's own code answers to a text. */
export interface Question {
  readonly text: string;
  readonly id: string;
  readonly probability: number;
}

/** Texts as people type them; the model's fixtures also hold empty ones and very long ones. */
const LENGTH_MIN = 8;
const LENGTH_MAX = 200;

/** Where the two best answers are closer than this, rounding may choose. */
const LEAD_MIN = 0.001;

const paritySchema = z.object({
  cases: z.array(z.object({ text: z.string(), top: z.array(z.tuple([z.int(), z.number()])) })),
});
const answersSchema = z.array(z.object({ id: z.string() }));

/** The questions that every arm is asked, always in this order. */
export function readQuestions(): readonly Question[] {
  const { cases } = paritySchema.parse(readJson("parity.json"));
  const answers = answersSchema.parse(readJson("answers.json"));
  return cases.flatMap(({ text, top: [first, second] }) => {
    if (text.length < LENGTH_MIN || text.length > LENGTH_MAX) return [];
    if (first === undefined || second === undefined || first[1] - second[1] < LEAD_MIN) return [];
    const id = answers[first[0]]?.id;
    return id === undefined ? [] : [{ text, id, probability: first[1] }];
  });
}

function readJson(file: string): unknown {
  return JSON.parse(repositoryFile(`${MODEL.folder}/${file}`).toString());
}
