import { isRecord } from "../compare.ts";
import { valueVersions, type VersionComparer } from "../versions.ts";

/**
 * Two versions agree when they find the same entities in the same places; how far apart their
 * probabilities are is measured. A truth is a list of entities, or an output with one: its members
 * `label`, `start` and `end` are what counts.
 */
export const entityVersions: VersionComparer = {
  compare: (candidate, live) => {
    const [got, wanted] = [entitiesOf(candidate), entitiesOf(live)];
    if (got === undefined || wanted === undefined) return valueVersions.compare(candidate, live);
    const at = wanted.findIndex((entity, i) => nameOf(entity) !== nameOf(got[i]));
    const largest = Math.max(0, ...wanted.map((entity, i) => apart(entity, got[i])));
    if (at === -1 && got.length === wanted.length) return { difference: undefined, largest };
    const place = at === -1 ? wanted.length : at;
    const [actual, instead] = [nameOf(got[place]), nameOf(wanted[place])];
    return { difference: `/entities/${place}: ${actual} instead of ${instead}`, largest };
  },
  isRight: (output, truth) => {
    const [got, wanted] = [entitiesOf(output), entitiesOf(truth)];
    if (got === undefined || got.length !== wanted?.length) return false;
    return wanted.every((entity, i) => nameOf(entity) === nameOf(got[i]));
  },
};

type Entity = Readonly<Record<string, unknown>>;

/** Of an output, or the list itself. */
function entitiesOf(value: unknown): readonly Entity[] | undefined {
  const entities: unknown = isRecord(value) ? value["entities"] : value;
  return Array.isArray(entities) && entities.every(isRecord) ? entities : undefined;
}

function nameOf(entity: Entity | undefined): string {
  if (entity === undefined) return "nothing";
  return `${String(entity["label"])} at ${String(entity["start"])} to ${String(entity["end"])}`;
}

function apart(a: Entity, b: Entity | undefined): number {
  if (nameOf(a) !== nameOf(b)) return 0;
  return Math.abs(Number(a["probability"] ?? 0) - Number(b?.["probability"] ?? 0));
}
