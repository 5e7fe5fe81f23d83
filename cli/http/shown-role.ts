import { z } from "zod";

/** As the gateway shows a role. */
export const roleSchema = z.looseObject({
  name: z.string(),
  scopes: z.array(z.string()),
  models: z.array(z.string()).nullable(),
  priority_ceiling: z.string(),
});

export type ShownRole = z.infer<typeof roleSchema>;

/** Where a gateway has them. */
export const ROLES = "/v1/roles";

export function rolePath(name: string): string {
  return `${ROLES}/${encodeURIComponent(name)}`;
}

/** A role for a person. */
export function roleLines({ name, scopes, models, priority_ceiling: ceiling }: ShownRole) {
  return [
    name,
    `scopes   ${scopes.join(", ")}`,
    `models   ${models?.join(", ") ?? "all"}`,
    `ceiling  ${ceiling}`,
  ];
}
