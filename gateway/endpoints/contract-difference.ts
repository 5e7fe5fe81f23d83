import { publishSchemas } from "../../shared/model/manifest.ts";
import { mediaTypesOf, type PipelineContract } from "../../shared/model/pipelines/contract.ts";

/**
 * Where two versions take different inputs, for people; undefined when whoever can send to the one can
 * send the same to the other.
 */
export function contractDifference(
  one: PipelineContract,
  other: PipelineContract,
): string | undefined {
  const pointer = firstDifference(publishSchemas(one).input, publishSchemas(other).input, "");
  if (pointer !== undefined) return `its input schema differs at ${pointer === "" ? "/" : pointer}`;
  const [ours, theirs] = [one, other].map((it) => [...mediaTypesOf(it)].toSorted().join(", "));
  return ours === theirs ? undefined : `it takes ${theirs} instead of ${ours}`;
}

/** What is for people alone, and changes nothing of what is taken. */
const FOR_PEOPLE = new Set(["description", "title", "examples"]);

/** @returns a JSON Pointer */
function firstDifference(one: unknown, other: unknown, pointer: string): string | undefined {
  if (!isObject(one) || !isObject(other)) return Object.is(one, other) ? undefined : pointer;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const name of names) {
    if (FOR_PEOPLE.has(name)) continue;
    const found = firstDifference(
      Reflect.get(one, name),
      Reflect.get(other, name),
      `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
