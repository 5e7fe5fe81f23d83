import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { manifestSchema } from "../../shared/model/manifest.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import { codeBlocks, section, tableRows } from "./support/markdown.ts";
import { filesMatching, readText, ROOT } from "./support/repository.ts";

const document = readText("docs/models.md");
const SCRIPT_EXAMPLE = "test/fixtures/models/script-example/1";
const PUBLISHED = "models/manifest.schema.json";

/** As much of a JSON Schema as ours use. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly description?: string;
}

// What zod gives is JSON Schema, of which `Schema` names a part.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const made = z.toJSONSchema(manifestSchema, { io: "input" }) as Schema;

describe("docs/models.md", () => {
  it("lists every member of a manifest, and no other", () => {
    const shown = tableRows(section(document, "### Members of every manifest")).map(
      ([name]) => name,
    );
    assert.deepEqual(shown, membersOf(made));
  });

  for (const pipeline of made.properties?.["pipeline"]?.oneOf ?? []) {
    const type = String(pipeline.properties?.["type"]?.const);
    it(`lists every member of the pipeline ${type}, and no other`, () => {
      const shown = tableRows(section(document, `### Settings of ${type}`)).map(([name]) => name);
      const members = membersOf(pipeline);
      assert.deepEqual(
        shown,
        members.filter((name) => !name.startsWith("tokens.")),
      );
    });
  }

  it("lists what the text pipelines have in common, and nothing else", () => {
    const shown = tableRows(section(document, "### Settings of tokens")).map(([name]) => name);
    const all = made.properties?.["pipeline"]?.oneOf?.map((pipeline) =>
      membersOf(pipeline).filter((name) => name.startsWith("tokens.")),
    );
    const some = all?.filter(({ length }) => length > 0) ?? [];
    assert.ok(some.length > 0);
    for (const members of some) assert.deepEqual(shown, members);
  });
});

describe("the scoring script in docs/models.md", () => {
  it("is the example's module, word for word", () => {
    const [block] = codeBlocks(section(document, "## A scoring script"), "ts");
    assert.equal(block?.trim(), readText(`${SCRIPT_EXAMPLE}/pipeline.ts`).trim());
  });
});

describe(PUBLISHED, () => {
  it("is what the code makes of its schema (UPDATE=1 writes it)", () => {
    const text = `${JSON.stringify(made, null, 2)}\n`;
    if (process.env["UPDATE"] === "1") writeFileSync(join(ROOT, PUBLISHED), text);
    assert.equal(readText(PUBLISHED), text);
  });
});

describe("manifests", () => {
  const manifests = filesMatching(["models/*/*/manifest.json"]);

  it("are there, and all of them can be served", () => {
    assert.ok(manifests.length > 0);
    assert.equal(loadRegistry(join(ROOT, "models")).versions.length, manifests.length);
  });

  for (const { path, text } of manifests) {
    it(`${path} names its schema and files that exist`, () => {
      const manifest = manifestSchema.parse(JSON.parse(text));
      const { pipeline } = manifest;
      const tables = Object.entries(pipeline).flatMap(([name, value]) =>
        (name === "labels" || name === "answers") && typeof value === "string" ? [value] : [],
      );
      const graph = manifest.file.source === undefined ? [manifest.file.path] : [];
      for (const file of [manifest.$schema ?? PUBLISHED, ...graph, ...tables]) {
        assert.ok(existsSync(join(ROOT, dirname(path), file)), file);
      }
    });
  }
});

/** Dotted names, `[]` for the entries of a list, `<name>` for those of a map; the pipeline's own are left to its section. */
function membersOf(schema: Schema, prefix = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    if (member.oneOf !== undefined) return [path];
    const inner = member.anyOf?.find((one) => one.properties !== undefined) ?? member;
    const any = typeof inner.additionalProperties === "object" ? inner.additionalProperties : {};
    return [
      path,
      ...membersOf(inner, `${path}.`),
      ...membersOf(inner.items ?? {}, `${path}[].`),
      ...membersOf(any, `${path}.<name>.`),
    ];
  });
}
