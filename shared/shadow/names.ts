import { shadowsOf } from "../endpoint/definition.ts";
import type { Endpoint } from "../endpoint/endpoints.ts";
import type { ComparisonName } from "./comparisons.ts";

/** All that an endpoint compares as it is now. */
export function comparisonsOf({
  name,
  definition,
}: Pick<Endpoint, "name" | "definition">): readonly ComparisonName[] {
  return definition.variants.flatMap((variant) =>
    shadowsOf(definition, variant.name).map((shadow) => ({
      endpoint: name,
      variant: variant.name,
      shadow: shadow.name,
      live: variant.model,
      candidate: shadow.model,
    })),
  );
}
