import { z } from "zod";
import { repositoryFile } from "../../support/client.ts";
import { TOLERANCE, type Case } from "./workload.ts";

const goldenSchema = z.object({
  cases: z.array(
    z.object({
      input: z.record(z.string(), z.number()),
      output: z.object({ label: z.string(), probabilities: z.record(z.string(), z.number()) }),
    }),
  ),
});

/** Where the two best classes are closer than this, rounding may choose. */
const LEAD_MIN = 0.001;

/** The rows of the model's golden file, with what its trainer's own code answers. */
export function readWines(): readonly Case[] {
  const golden = repositoryFile("models/wine/1/golden.json").toString();
  return goldenSchema.parse(JSON.parse(golden)).cases.flatMap(({ input, output }) => {
    const [first = 0, second = 0] = Object.values(output.probabilities).toSorted((a, b) => b - a);
    if (first - second < LEAD_MIN) return [];
    return [{ input, label: output.label, probability: first, tolerance: TOLERANCE }];
  });
}
