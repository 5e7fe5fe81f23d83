import { createRequire } from "node:module";
import { z } from "zod";
import { CODE } from "../../../installed.ts";
import { isRecord } from "../compare.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** Where inside a schema others stand: by name or in a list, or alone. */
const SEVERAL = ["properties", "patternProperties", "anyOf", "oneOf", "allOf", "prefixItems"];
const ALONE = ["items", "additionalItems", "additionalProperties", "contains", "propertyNames"];

/** Says what values are meant. */
const KIND = /^(?:type|enum|const|anyOf|oneOf|allOf|not)$/;
const CONSTRAINT =
  /^(?:properties|patternProperties|required|additional|propertyNames|items|prefixItems|unique|contains|pattern|format|multipleOf|(?:exclusive)?m(?:in|ax))/i;

const ADVICE =
  "begin it with ^, let parts that repeat share no characters with what may follow them, or check the text in the module";

/**
 * A JSON Schema that somebody wrote into a manifest, as a check.
 *
 * @throws when it says something that cannot be checked here: see `schemaFault`
 */
export function readSchema(schema: JsonSchema): z.ZodType {
  return z.fromJSONSchema(schema);
}

/**
 * @returns why a schema cannot be checked in full, or not in a time that its text's length bounds; or
 *   undefined: nothing in it is passed over
 */
export function schemaFault(schema: JsonSchema): string | undefined {
  try {
    readSchema(schema);
  } catch (error) {
    return error instanceof Error ? error.message : "is not a JSON Schema";
  }
  return partFault(schema);
}

/** What the library would read without a word, and not check. */
function partFault(schema: unknown): string | undefined {
  if (!isRecord(schema)) return undefined;
  const keys = Object.keys(schema);
  const constraint = keys.find((key) => CONSTRAINT.test(key));
  if (keys.includes("$ref")) return "has a $ref; write the schema out where it is used";
  if (constraint !== undefined && !keys.some((key) => KIND.test(key))) {
    return `has ${constraint} without a type`;
  }
  if (constraint !== undefined && ("enum" in schema || "const" in schema)) {
    return `has ${constraint} beside enum or const`;
  }
  const required = Object.values(Object(schema["required"])).map(String);
  const loose = required.find((name) => !Object.hasOwn(Object(schema["properties"]), name));
  if (loose !== undefined) return `requires "${loose}", which is not in its properties`;
  const slow = slowPattern(schema);
  if (slow !== undefined) return slow;
  const inner = [
    ...SEVERAL.flatMap((key) => Object.values(Object(schema[key]))),
    ...ALONE.flatMap((key) => schema[key]),
  ];
  return inner.map(partFault).find((fault) => fault !== undefined);
}

/** Clients' texts, and names of members, are matched by an engine that tries again and again. */
function slowPattern({ pattern, patternProperties }: JsonSchema): string | undefined {
  const patterns = Object.keys(Object(patternProperties));
  if (typeof pattern === "string") patterns.push(pattern);
  else if (pattern !== undefined) return "has a pattern that is not a string";
  if (patterns.length === 0) return undefined;
  // What it needs takes 0.1 s to load, which the start of roles without patterns shall not pay.
  const { patternFault }: typeof import("../../../regular-expression/pattern-fault.ts") =
    createRequire(import.meta.url)(`../../../regular-expression/pattern-fault${CODE}`);
  for (const one of patterns) {
    const fault = patternFault(one);
    if (fault !== undefined)
      return `has the pattern ${JSON.stringify(one)}, which ${fault}; ${ADVICE}`;
  }
  return undefined;
}
