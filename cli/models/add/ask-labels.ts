import type { Questions } from "../../terminal/questions.ts";
import { readLabels, type ClassLabel } from "./lists.ts";

/**
 * Asks for the names of classes that the graph does not know.
 *
 * @param count how many there are; null when the graph leaves it open, and then there is no default
 */
export async function askLabels(
  questions: Questions,
  count: number | null,
): Promise<readonly ClassLabel[]> {
  const names = Array.from({ length: count ?? 0 }, (_, i) => `class_${i}`);
  const answer = await questions.ask({
    flag: "labels",
    text: `Names of the ${count ?? ""} classes, in order, with commas between; or a file of
them: .txt with a name on each line, or .json`.replace("  ", " "),
    ...(count === null ? {} : { byDefault: names.join(",") }),
    fault: (given) => {
      const { length } = readLabels(given);
      if (count === null || length === count) return undefined;
      return `these are ${length} names for ${count} classes`;
    },
  });
  return readLabels(answer);
}
