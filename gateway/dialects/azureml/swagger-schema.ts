import { z } from "zod";

/** What Swagger 2.0 and JSON Schema 2020-12 say alike. */
const ALIKE: ReadonlySet<string> = new Set([
  "type",
  "description",
  "default",
  "enum",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "required",
]);

const schemaSchema = z.looseObject({
  type: z.string().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  contentEncoding: z.string().optional(),
});

/**
 * A JSON Schema as Swagger 2.0 can say it: what it has no words for, such as a choice of types, is left
 * open.
 */
export function swaggerSchema(schema: unknown): Record<string, unknown> {
  const given = schemaSchema.safeParse(schema).data;
  if (given === undefined) return {};
  const { type, items, properties, required, contentEncoding } = given;
  const alike = Object.entries(given).filter(
    ([name, value]) => ALIKE.has(name) && value !== undefined && value !== null,
  );
  return {
    ...Object.fromEntries(required.length > 0 ? alike : alike.filter(([it]) => it !== "required")),
    ...(contentEncoding === "base64" ? { format: "byte" } : {}),
    ...(type === "array" ? { items: swaggerSchema(items ?? {}) } : {}),
    ...(properties === undefined ? {} : { properties: each(properties) }),
  };
}

function each(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, swaggerSchema(schema)]),
  );
}
