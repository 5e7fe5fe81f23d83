import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { startConfigSchema } from "../../cli/start/config.ts";
import { gatewayConfigSchema } from "../../gateway/config.ts";
import { workerConfigSchema } from "../../worker/config.ts";
import { section, tableRows } from "./support/markdown.ts";
import { filesMatching, readText } from "./support/repository.ts";

const document = readText("docs/configuration.md");

const SCHEMAS = {
  "## npm start": startConfigSchema,
  "## Gateway": gatewayConfigSchema,
  "## Worker and courier": workerConfigSchema,
} as const;

describe("docs/configuration.md", () => {
  for (const [heading, schema] of Object.entries(SCHEMAS)) {
    it(`lists the variables and defaults under "${heading}" as the code has them`, () => {
      const shown = tableRows(section(document, heading)).map(([name, value]) => [name, value]);
      assert.deepEqual(shown, defaultsOf(schema));
    });
  }

  it("says of every variable what it means", () => {
    for (const heading of Object.keys(SCHEMAS)) {
      for (const [name, , unit, meaning] of tableRows(section(document, heading))) {
        assert.ok(unit !== undefined && unit !== "", `${name} has no unit`);
        assert.ok(meaning !== undefined && meaning.length > 10, `${name} has no meaning`);
      }
    }
  });
});

describe("the command line", () => {
  it("reads what is listed for it", () => {
    const code = filesMatching(["cli/{http,commands,models,start}/**/*.ts"]).map(
      ({ text }) => text,
    );
    const started = new Set(defaultsOf(startConfigSchema).map(String));
    const shown = tableRows(section(document, "## Command line"));
    assert.ok(shown.length > 3);
    for (const [name = "", value] of shown) {
      const readings = [`\\{[^}\\n]*\\b${name}\\b.*environment`, `environment\\["${name}"`];
      assert.match(code.join("\n"), new RegExp(readings.join("|")), name);
      const isOwn = name === "SCORELINE_API_KEY";
      assert.ok(isOwn || started.has(String([name, value])), name);
    }
  });
});

/** Names in the order of the schema, each with what it is when it is not set. */
function defaultsOf(schema: (typeof SCHEMAS)[keyof typeof SCHEMAS]): (readonly string[])[] {
  const { properties } = publishedSchema.parse(z.toJSONSchema(schema, { io: "input" }));
  return Object.keys(schema.shape).map((name) => [
    name,
    String(properties[name]?.default ?? "none") || "none",
  ]);
}

const publishedSchema = z.looseObject({
  properties: z.record(
    z.string(),
    z.looseObject({ default: z.union([z.string(), z.number()]).optional() }),
  ),
});
