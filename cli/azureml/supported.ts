import { definitionSchema } from "../../shared/endpoint/definition.ts";
import type { Setting } from "./imported.ts";

const MEMBERS = definitionSchema.in.shape;

/** A setting that became a member which endpoints do not have has no counterpart. */
export function supported(setting: Setting): Setting {
  const { endpoint = {}, ...rest } = setting.counterpart;
  const [head] = Object.keys(endpoint).map((place) => place.split(".")[0] ?? "");
  if (head === undefined || head in MEMBERS) return setting;
  const why = `endpoints have no member "${head}" in this release`;
  return { ...setting, counterpart: { ...rest, why } };
}
