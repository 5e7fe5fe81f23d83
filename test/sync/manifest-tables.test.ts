import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { manifestSchema } from "../../shared/model/manifest.ts";
import { section, tableRows } from "./support/markdown.ts";
import { readText } from "./support/repository.ts";

/** As much of a JSON Schema as ours use. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly maximum?: number;
}

/** A member, and what it is when its object leaves it out. */
interface Member {
  readonly schema: Schema;
  /** Undefined when it is needed. */
  readonly absent: string | undefined;
}

// What zod gives is JSON Schema, of which `Schema` names a part.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const manifest = z.toJSONSchema(manifestSchema, { io: "input" }) as Schema;
const pipelines = manifest.properties?.["pipeline"]?.oneOf ?? [];

const TABLES: readonly (readonly [heading: string, schema: Schema])[] = [
  ["### Members of every manifest", manifest],
  ["### Execution providers", manifest],
  ["### Settings of tokens", pipelines.find(({ properties }) => properties?.["tokens"]) ?? {}],
  ...pipelines.map((pipeline): readonly [string, Schema] => [
    `### Settings of ${String(pipeline.properties?.["type"]?.const)}`,
    pipeline,
  ]),
];

const CHOICES_MAX = 5;

describe("the tables of docs/models.md", () => {
  for (const [heading, schema] of TABLES) {
    const rows = tableRows(section(readText("docs/models.md"), heading));

    it(`"${heading}" give the defaults that the schema gives`, () => {
      assert.ok(rows.length > 0);
      const made = rows.map(([path = ""]) => [path, find(schema, path).absent ?? ""]);
      const said = rows.map(([path, value]) => [path, value]);
      assert.deepEqual(said, made);
    });

    it(`"${heading}" name every choice and every upper limit`, () => {
      for (const [path = "", , meaning = ""] of rows) {
        const { schema: member } = find(schema, path);
        for (const word of [...choicesOf(member), ...limitOf(member)]) {
          assert.ok(meaning.includes(word), `${path}: ${word}`);
        }
      }
    });
  }
});

/** Longer lists are told in words. */
function choicesOf({ enum: choices = [], const: only }: Schema): readonly string[] {
  const all = only === undefined ? choices : [only];
  return all.length > CHOICES_MAX ? [] : all.map(shown);
}

/** Every integer has one; that of JavaScript's is not worth telling. */
function limitOf({ maximum = Number.MAX_SAFE_INTEGER }: Schema): readonly string[] {
  return maximum === Number.MAX_SAFE_INTEGER ? [] : [shown(maximum)];
}

/** @param path dotted, with `[]` for the entries of a list and `<name>` for those of a map */
function find(schema: Schema, path: string): Member {
  let found: Member = { schema, absent: undefined };
  for (const step of path.replaceAll("[]", ".[]").split(".")) {
    const from = objectOf(found.schema);
    if (step === "[]") found = { schema: from.items ?? {}, absent: undefined };
    else if (step === "<name>") found = { schema: mapOf(from), absent: undefined };
    else found = memberOf(from, step, found.schema.default);
  }
  return found;
}

/** Of several kinds, the one that has members. */
function objectOf(schema: Schema): Schema {
  return schema.anyOf?.find(({ properties }) => properties !== undefined) ?? schema;
}

function mapOf({ additionalProperties }: Schema): Schema {
  return typeof additionalProperties === "object" ? additionalProperties : {};
}

/** @param whole the default of the object: it tells those of its members, when it is an object */
function memberOf(object: Schema, name: string, whole: unknown): Member {
  const schema = object.properties?.[name];
  assert.ok(schema !== undefined, `there is no member ${name}`);
  const given: Readonly<Record<string, unknown>> = Object(whole);
  const value = schema.default ?? given[name];
  if (value !== undefined) return { schema, absent: shown(value) };
  if (schema.default === null) return { schema, absent: "null" };
  return { schema, absent: object.required?.includes(name) === true ? undefined : "absent" };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.keys(value).length === 0 ? "empty" : ""; // its members' rows say it
  }
  if (typeof value === "number") return value.toLocaleString("en");
  return value === "" ? "empty" : String(value);
}
