import { z } from "zod";
import { repositoryFile } from "../../support/client.ts";
import type { Case } from "./workload.ts";

const FOLDER = "models/image-classification/1";
/** Where the two best classes are closer than this, another decoder may choose. */
const LEAD_MIN = 0.1;

const goldenSchema = z.object({
  tolerance: z.object({ probability: z.number() }),
  cases: z.array(
    z.object({
      input_file: z.string(),
      output: z.object({
        predictions: z.array(z.object({ label: z.string(), probability: z.number() })),
      }),
    }),
  ),
});

/** The model's photographs, of 640 by 480 pixels or so, with what the reference in Python answers. */
export function readPhotos(): readonly Case[] {
  const golden = goldenSchema.parse(JSON.parse(repositoryFile(`${FOLDER}/golden.json`).toString()));
  const tolerance = golden.tolerance.probability;
  return golden.cases.flatMap(({ input_file: file, output }) => {
    const [first, second] = output.predictions;
    if (first === undefined || second === undefined) return [];
    if (first.probability - second.probability < LEAD_MIN) return [];
    return [{ ...first, input: repositoryFile(`${FOLDER}/${file}`), tolerance }];
  });
}
