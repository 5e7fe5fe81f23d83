import fc from "fast-check";
import { z } from "zod";

const schemaSchema = z.looseObject({
  $ref: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  minItems: z.number().default(0),
  maxItems: z.number().optional(),
  minLength: z.number().default(0),
  maxLength: z.number().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  contentEncoding: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** A receiver of webhooks on this machine that is not there. */
const NOBODY = "http://127.0.0.2:9/hook";

type Schema = z.infer<typeof schemaSchema>;

/** Looks up what a `$ref` names. */
export type Resolve = (ref: string) => unknown;

/** Longest lists and texts that are made where the schema sets no limit, or one that is higher. */
const ITEMS_MAX = 4;
const CHARACTERS_MAX = 200;
const NUMBER_MAX = 1e6;

/** Values that a JSON Schema takes, as far as our documents use the language. */
export function valuesOf(schema: unknown, resolve: Resolve): fc.Arbitrary<unknown> {
  const given = schemaSchema.safeParse(schema);
  if (!given.success) return fc.jsonValue({ maxDepth: 2 });
  const { data } = given;
  if (data.$ref !== undefined) return valuesOf(resolve(data.$ref), resolve);
  if ("const" in data) return fc.constant(data.const);
  if (data.enum !== undefined) return fc.constantFrom(...data.enum);
  const choices = data["anyOf"] ?? (data.properties === undefined ? data["oneOf"] : undefined);
  if (Array.isArray(choices)) return fc.oneof(...choices.map((one) => valuesOf(one, resolve)));
  const types = [data.type ?? "any"].flat();
  return fc.oneof(...types.map((type) => valuesOfType(type, data, resolve)));
}

function valuesOfType(type: string, schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  switch (type) {
    case "object":
      return objects(schema, resolve);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, resolve), {
        minLength: schema.minItems,
        maxLength: Math.max(schema.minItems, Math.min(schema.maxItems ?? ITEMS_MAX, ITEMS_MAX)),
      });
    case "string":
      return schema.format === "uri" ? fc.constant(NOBODY) : strings(schema);
    case "integer":
      return fc.integer({
        min: schema.minimum ?? -1000,
        max: Math.min(schema.maximum ?? 1e5, 1e9),
      });
    case "number":
      return fc.double({
        min: schema.minimum ?? -NUMBER_MAX,
        max: schema.maximum ?? NUMBER_MAX,
        noNaN: true,
      });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objects(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  const { properties = {}, required, additionalProperties } = schema;
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, valuesOf(member, resolve)]),
  );
  if (Object.keys(members).length > 0) return records(members, required);
  if (additionalProperties === false) return fc.constant({});
  const names = fc.string({ minLength: 1, maxLength: 20 });
  return fc.dictionary(names, valuesOf(additionalProperties ?? {}, resolve), {
    maxKeys: ITEMS_MAX,
  });
}

/** Members that need not be there mostly are not: all of them at once is a rare request. */
function records(
  members: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  required: readonly string[],
): fc.Arbitrary<unknown> {
  const absent = Symbol("absent");
  const entries = Object.entries(members).map(([name, values]): [string, fc.Arbitrary<unknown>] => [
    name,
    required.includes(name)
      ? values
      : fc.oneof({ weight: 4, arbitrary: fc.constant(absent) }, { weight: 1, arbitrary: values }),
  ]);
  return fc
    .record(Object.fromEntries(entries))
    .map((value) =>
      Object.fromEntries(Object.entries(value).filter(([, member]) => member !== absent)),
    );
}

function strings({ pattern, contentEncoding, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  if (contentEncoding === "base64") return fc.base64String({ minLength: 4, maxLength: 400 });
  const most = Math.min(maxLength ?? CHARACTERS_MAX, CHARACTERS_MAX);
  return fc.string({ unit: "grapheme", minLength, maxLength: Math.max(minLength, most) });
}
