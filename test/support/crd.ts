import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { z } from "zod";

const definitionSchema = z.looseObject({
  spec: z.looseObject({
    names: z.looseObject({ kind: z.string() }),
    versions: z.array(
      z.looseObject({ schema: z.looseObject({ openAPIV3Schema: z.looseObject({}) }) }),
    ),
  }),
});

/**
 * The schema of a CustomResourceDefinition, as the API server takes it with strict field validation:
 * a member that it does not name is a fault.
 *
 * @param text the definition, as YAML
 */
export function customResource(text: string): { kind: string; validate: ValidateFunction } {
  const { spec } = definitionSchema.parse(parse(text));
  const schema = spec.versions[0]?.schema.openAPIV3Schema ?? {};
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const metadata = { type: "object" };
  const properties = { ...Object(schema["properties"]), metadata };
  return {
    kind: spec.names.kind,
    validate: ajv.compile(Object(closed({ ...schema, properties }))),
  };
}

/** Every object that lists its members has no others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, it]) => [key, closed(it)]));
  if (inner["x-kubernetes-int-or-string"] === true) return { type: ["integer", "string"] };
  const isOpen = inner["x-kubernetes-preserve-unknown-fields"] === true;
  const isClosed = inner["type"] === "object" && "properties" in inner && !isOpen;
  return isClosed ? { additionalProperties: false, ...inner } : inner;
}
