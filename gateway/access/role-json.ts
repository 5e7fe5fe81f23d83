import { z } from "zod";
import type { Role } from "../../shared/access/roles.ts";
import { ceilingSchema, modelsSchema, scopesSchema } from "./key-body.ts";
import { rightsJson, rightsShape } from "./rights-json.ts";

/** The members of a request that makes a role, or changes it. */
export const putRoleSchema = z.strictObject({
  scopes: scopesSchema.describe("Only those that the caller has."),
  models: modelsSchema.nullish().describe("`name`, or `name@version`; default: null, for all."),
  priority_ceiling: ceilingSchema,
});

/** The role object. */
export const roleJsonSchema = z.strictObject({
  object: z.literal("role"),
  name: z.string(),
  ...rightsShape,
});

export type RoleJson = z.infer<typeof roleJsonSchema>;

/** All roles, by name. */
export const roleListSchema = z.strictObject({
  object: z.literal("list"),
  data: z.array(roleJsonSchema).readonly(),
});

export type RoleList = z.infer<typeof roleListSchema>;

export function roleJson({ name, rights }: Role): RoleJson {
  return { object: "role", name, ...rightsJson(rights) };
}
