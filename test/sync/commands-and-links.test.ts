import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { anchors, codeBlocks, withoutCode } from "./support/markdown.ts";
import { filesMatching, readText, ROOT } from "./support/repository.ts";

const documents = filesMatching(["*.md", "docs/**/*.md", "models/**/*.md", "test/**/*.md"]);
const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = packageSchema.parse(JSON.parse(readText("package.json")));

describe("commands in the documents", () => {
  it("are scripts of package.json", () => {
    const used = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)].map(
        ([, run, short]) => ({ path, script: run ?? short ?? "" }),
      ),
    );
    assert.ok(used.length > 5);
    assert.deepEqual(
      used.filter(({ script }) => !(script in scripts)),
      [],
    );
  });

  it("include the README's two: start and test", () => {
    const blocks = codeBlocks(readText("README.md"), "sh");
    const commands = new Set(blocks.flatMap((block) => block.split("\n")));
    assert.ok(commands.has("npm run setup && npm start"));
    assert.ok(commands.has("npm run setup -- --tests && npm test"));
  });

  it("are all that .ci/run runs", () => {
    const lines = readText(".ci/run").split("\n");
    const orders = lines.filter((line) => line !== "" && !line.startsWith("#"));
    const [options, folder, ...commands] = orders;
    assert.equal(options, "set -euo pipefail");
    assert.match(folder ?? "", /^cd /);
    assert.deepEqual(commands, ["npm run setup -- --tests && npm test"]);
  });

  it("run scripts whose files exist", () => {
    const files = Object.values(scripts).flatMap((script) =>
      [...script.matchAll(/\bnode ([\w./-]+)/g)].map(([, file = ""]) => file),
    );
    assert.deepEqual(
      files.filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });
});

describe("links in the documents", () => {
  for (const { path, text } of documents) {
    const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !/^[a-z]+:/.test(target));
    if (links.length === 0) continue;
    it(`of ${path} lead somewhere`, () => {
      assert.deepEqual(
        links.filter((link) => !resolves(path, link)),
        [],
      );
    });
  }
});

describe("JSON in the documents", () => {
  for (const { path, text } of documents) {
    for (const [i, block] of codeBlocks(text, "json").entries()) {
      it(`block ${i + 1} of ${path} is JSON`, () => {
        assert.doesNotThrow(() => {
          JSON.parse(block);
        });
      });
    }
  }
});

function resolves(from: string, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchors(readText(target)).includes(anchor);
}
