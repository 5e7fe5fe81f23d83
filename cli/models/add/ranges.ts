import type { Manifest } from "../../../shared/model/manifest.ts";
import { UsageError } from "../../terminal/command.ts";
import type { Questions } from "../../terminal/questions.ts";

/** The member `dimensions` of a manifest. */
type Ranges = Manifest["dimensions"];

const RANGE = /^(.+)=(0|[1-9]\d{0,8})?\.\.([1-9]\d{0,8})?$/;

/**
 * The sizes that varying dimensions may have. No graph says them, and most models fail, or answer
 * nonsense, beyond the longest input that they were made for.
 *
 * @param names of the dimensions of the inputs that vary
 * @throws {UsageError} when `--dimensions` is given and wrong
 */
export async function askRanges(names: readonly string[], questions: Questions): Promise<Ranges> {
  if (names.length === 0) {
    if (questions.said("dimensions") === undefined) return {};
    throw new UsageError("--dimensions: every input of this model is of fixed size");
  }
  const answer = await questions.ask({
    flag: "dimensions",
    text: `Smallest and largest size of ${names.join(", ")}? Most models have a longest input that
they were made for, and fail beyond it: ${names[0]}=1..512`,
    byDefault: names.map((name) => `${name}=1..`).join(),
    fault: (given) => rangesFault(given, names),
  });
  return Object.fromEntries(rangesOf(answer));
}

/** @returns what is wrong with `name=least..most,…`, where either end may be left out; or undefined */
export function rangesFault(given: string, names: readonly string[]): string | undefined {
  const odd = given.split(",").find((part) => !RANGE.test(part));
  if (odd !== undefined) return `"${odd}" is not a range such as ${names[0]}=1..512`;
  const ranges = rangesOf(given);
  const [stranger] = ranges.find(([name]) => !names.includes(name)) ?? [];
  if (stranger !== undefined) return `"${stranger}" is none of ${names.join(", ")}`;
  const [empty] = ranges.find(([, { min, max = Infinity }]) => max < min) ?? [];
  return empty === undefined ? undefined : `the range of "${empty}" is empty`;
}

/** The ranges of a text, as far as it holds any; whether they are right is asked later. */
export function rangesIn(given: string): Ranges {
  return Object.fromEntries(rangesOf(given).filter(([name]) => name !== ""));
}

function rangesOf(given: string): readonly (readonly [name: string, range: Ranges[string]])[] {
  return given.split(",").map((part) => {
    const [, name = "", min = "1", max] = RANGE.exec(part) ?? [];
    return [name, { min: Number(min), ...(max === undefined ? {} : { max: Number(max) }) }];
  });
}
