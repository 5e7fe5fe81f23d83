import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { posix } from "node:path";
import { batchCurl } from "../../gateway/page/browser/call/batch-curl.ts";
import { batchPython } from "../../gateway/page/browser/call/batch-python.ts";
import { batchTypescript } from "../../gateway/page/browser/call/batch-typescript.ts";
import { curlCall } from "../../gateway/page/browser/call/curl.ts";
import { pythonCall } from "../../gateway/page/browser/call/python.ts";
import { typescriptCall } from "../../gateway/page/browser/call/typescript.ts";
import { LIBRARIES, PageFiles } from "../../gateway/page/files.ts";
import { importsOf } from "./support/imports.ts";
import { codeBlocks } from "./support/markdown.ts";
import { filesMatching, readText } from "./support/repository.ts";

const BROWSER = "gateway/page/browser/";

describe("modules of the page", () => {
  const modules = filesMatching([`${BROWSER}**/*.ts`]);

  it("are all served, one folder deep", () => {
    const paths = modules.map(({ path }) => path.slice(BROWSER.length));
    assert.ok(paths.length > 30);
    const served = new PageFiles().own.filter((name) => name.endsWith(".ts"));
    assert.deepEqual(served.toSorted(), paths.toSorted());
  });

  it("import by value what browsers get, and nothing else", () => {
    const known = new Set([...modules.map(({ path }) => path), ...Object.keys(LIBRARIES)]);
    const wrong = modules.flatMap(({ path, text }) =>
      valueImports(text)
        .map((name) => (name.startsWith(".") ? posix.join(posix.dirname(path), name) : name))
        .filter((name) => !known.has(name))
        .map((name) => `${path}: ${name}`),
    );
    assert.deepEqual(wrong, []);
  });
});

describe("the README's calls", () => {
  const key = { from: "file", path: ".scoreline/api-key" } as const;
  const url = "http://127.0.0.1:8080";
  const json = { input: { text: "how do i clone an array" } };
  const question = { url, key, model: "faq-javascript", body: { kind: "json", json } } as const;
  const path = "models/image-classification/photos/espresso.jpg";
  const body = { kind: "file", path, mediaType: "image/jpeg" } as const;
  const readme = readText("README.md");

  it("are those that the page shows", () => {
    assert.ok(codeBlocks(readme, "python").includes(`${pythonCall(question)}\n`));
    assert.ok(codeBlocks(readme, "ts").includes(`${typescriptCall(question)}\n`));
    const photo = curlCall({ url, key, model: "image-classification", body }).join(" ");
    assert.ok(codeBlocks(readme, "sh").includes(`${photo}\n`), photo);
  });
});

describe("the calls of docs/bulk.md", () => {
  const key = { from: "file", path: ".scoreline/api-key" } as const;
  const base = { url: "http://127.0.0.1:8080", key, model: "wine" } as const;
  const table = { ...base, items: { kind: "csv", path: "docs/examples/wines.csv" } } as const;
  const lines = { ...base, items: { kind: "ndjson", path: "docs/examples/wines.ndjson" } } as const;
  const photos = {
    ...base,
    model: "image-classification",
    items: { kind: "photos", path: "models/image-classification/photos" },
  } as const;
  const guide = readText("docs/bulk.md");

  it("are those that the page shows", () => {
    assert.ok(codeBlocks(guide, "python").includes(`${batchPython(table)}\n`));
    assert.ok(codeBlocks(guide, "ts").includes(`${batchTypescript(table)}\n`));
    const commands = codeBlocks(guide, "sh").join("").split("\n");
    for (const call of [table, lines, photos]) {
      const command = batchCurl(call).join(" ");
      assert.ok(commands.includes(command), command);
    }
  });
});

/** Types are gone before a module is served. */
function valueImports(text: string): string[] {
  return importsOf(text.replaceAll(/^(?:import|export) type\b[^;]*;|^export (?!\{|\*)/gm, ""));
}
