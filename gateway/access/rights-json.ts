import { z } from "zod";
import { scopes } from "../../shared/access/key.ts";
import type { Rights } from "../../shared/access/rights.ts";
import { jobClasses } from "../../shared/lane.ts";

/** Rights, as members of what has them. */
export const rightsShape = {
  scopes: z.array(z.enum(scopes)).readonly(),
  models: z.array(z.string()).readonly().nullable(),
  priority_ceiling: z.enum(jobClasses),
};

export function rightsJson({ scopes: given, models, ceiling }: Rights) {
  return { scopes: given, models: models ?? null, priority_ceiling: ceiling };
}
