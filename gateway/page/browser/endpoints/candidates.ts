import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";
import type { ModelList } from "../../../models/model-schema.ts";

/** Versions of the default's model that score nothing of this endpoint beside it, newest first. */
export function candidatesOf(
  { variants, shadows, default: chosen }: EndpointJson,
  models: ModelList | undefined,
): readonly string[] {
  const live = variants.find(({ name }) => name === chosen)?.model;
  const [family] = live?.split("@") ?? [];
  const taken = new Set([live, ...shadows.map(({ model }) => model)]);
  return (models?.data ?? [])
    .filter(({ name }) => name === family)
    .flatMap(({ versions }) => versions.toReversed())
    .filter(({ id, status }) => status !== "archived" && !taken.has(id))
    .map(({ id }) => id);
}

/** Of the variant that has the version, so that it can be promoted under that name; else of the version. */
export function shadowName({ variants, shadows }: EndpointJson, model: string): string {
  const known = variants.find((variant) => variant.model === model);
  const name = known?.name ?? `v${model.split("@")[1] ?? ""}`;
  const isTaken = [...shadows, ...(known === undefined ? variants : [])].some(
    (it) => it.name === name,
  );
  return isTaken ? `${name}-${shadows.length + 1}` : name;
}
