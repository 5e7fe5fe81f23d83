import type { ModelVersion } from "./registry.ts";

/** Names in a setting like `WORKER_MODELS`. @param list separated by commas */
export function namesIn(list: string): readonly string[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** All versions, or those that are named: `name` for all of its versions, `name@version` for one. */
export function namedOf(
  versions: readonly ModelVersion[],
  names: readonly string[] | undefined,
): readonly ModelVersion[] {
  if (names === undefined) return versions;
  return versions.filter(({ id, name }) => names.includes(id) || names.includes(name));
}

/** Whether runners load it before they are used. The last jobs of an archived version load it, if there are any. */
export function wantsPreload({ manifest, isArchived }: ModelVersion): boolean {
  return manifest.preload && !isArchived;
}
