import { readEndpoints } from "../../shared/endpoint/endpoints.ts";
import { comparisonOf } from "../../shared/endpoint/verdict/report.ts";
import type { Verdict } from "../../shared/endpoint/verdict/verdict.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { readCounters, type ComparisonName } from "../../shared/shadow/comparisons.ts";
import { comparisonsOf } from "../../shared/shadow/names.ts";

/** How a shadow does beside a variant. */
export interface ShadowVerdict extends Pick<ComparisonName, "endpoint" | "variant" | "shadow"> {
  readonly verdict: Verdict;
}

/** Of all shadows, unless their endpoint is to be left out of the figures. */
export async function readVerdicts(redis: Redis): Promise<readonly ShadowVerdict[]> {
  // One that cannot be read is told by the promoter.
  const all = await readEndpoints(redis, () => {});
  const told = [...all.values()].filter(({ definition }) => definition.metrics);
  return Promise.all(
    told.flatMap((endpoint) =>
      comparisonsOf(endpoint).map(async (name) => {
        const counters = await readCounters(redis, name);
        return { ...name, verdict: comparisonOf(counters, endpoint.definition.compare).verdict };
      }),
    ),
  );
}
