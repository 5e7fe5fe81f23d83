import type { Context } from "hono";
import { badParameter } from "../../shared/error.ts";
import { headerOf } from "../http/header.ts";
import { header, type Parameter } from "../http/openapi/parameters.ts";
import type { Asked } from "./planner.ts";

const AFFINITY_MAX = 255;
const VARIANT = "scoreline-variant";
const AFFINITY = "scoreline-affinity";

/**
 * What a request says of where it is to be scored.
 *
 * @param name that its URL or body has
 * @throws {ScoringError} `invalid_input`
 */
export function askedOf(c: Context, name: string): Asked {
  const inHeader = headerOf(c, VARIANT);
  const inQuery = c.req.query("variant");
  const affinity = headerOf(c, AFFINITY);
  if (inHeader === undefined && inQuery === undefined && affinity === undefined) return { name };
  if (inHeader !== undefined && inQuery !== undefined && inHeader !== inQuery) {
    const message = `Scoreline-Variant and ?variant= name different variants.`;
    throw badParameter("variant", message, "differs from Scoreline-Variant");
  }
  if (inQuery !== undefined && c.req.queries("variant")?.some((other) => other !== inQuery)) {
    const message = "?variant= is given twice, with different variants.";
    throw badParameter("variant", message, "names more than one variant");
  }
  if (affinity !== undefined && (affinity === "" || affinity.length > AFFINITY_MAX)) {
    const message = `Scoreline-Affinity must have 1 to ${AFFINITY_MAX} characters.`;
    throw badParameter("Scoreline-Affinity", message, "is empty or too long");
  }
  return { name, variant: inHeader ?? inQuery, affinity };
}

/** For fingerprints: the name, and not the version that it stands for, which may be another one next time. */
export function asWritten({ name, variant }: Asked): string {
  return variant === undefined ? name : `${name}?variant=${variant}`;
}

/** How OpenAPI describes them. */
export const askedParameters: readonly Parameter[] = [
  header("Scoreline-Variant", {
    description: "The variant of the endpoint that is to score it, whatever the shares.",
    example: "blue",
  }),
  {
    name: "variant",
    in: "query",
    description: "Same as `Scoreline-Variant`.",
    schema: { type: "string", examples: ["blue"] },
  },
  header("Scoreline-Affinity", {
    description: "Requests to an endpoint with the same text here get the same variant.",
    schema: { minLength: 1, maxLength: AFFINITY_MAX },
    example: "user-4711",
  }),
];
