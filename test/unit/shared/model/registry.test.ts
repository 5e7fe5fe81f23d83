import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ScoringError } from "../../../../shared/error.ts";
import { loadRegistry, RegistryError } from "../../../../shared/model/registry.ts";
import { repositoryFile } from "../../../support/client.ts";

const manifest = repositoryFile("test/fixtures/models/slow-text/1/manifest.json").toString();

describe("registry", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function add(name: string, version: number, text = manifest): void {
    const home = join(folder, name, String(version));
    mkdirSync(home, { recursive: true });
    const named = text.replace('"slow-text"', `"${name}"`);
    writeFileSync(
      join(home, "manifest.json"),
      named.replace('"version": 1', `"version": ${version}`),
    );
  }

  it("gives the highest version of a bare name, unless a default is set", () => {
    for (const version of [1, 2, 10]) add("a", version);
    assert.equal(loadRegistry(folder).resolve("a").id, "a@10");
    writeFileSync(join(folder, "a", "default"), "2\n");
    assert.equal(loadRegistry(folder).resolve("a").id, "a@2");
    assert.equal(loadRegistry(folder).resolve("a@1").id, "a@1");
  });

  it("names what there is when asked for what there is not", () => {
    add("a", 1);
    add("b", 1);
    const registry = loadRegistry(folder);
    const refusal = (reference: string, endpoints?: () => string[]): string => {
      try {
        registry.resolve(reference, endpoints);
      } catch (error) {
        assert.ok(error instanceof ScoringError);
        return `${error.code}: ${error.message}`;
      }
      return "found";
    };
    assert.equal(refusal("c"), 'not_found: There is no model "c". Available: a, b.');
    assert.equal(refusal("a@2"), 'not_found: There is no model "a@2". Available: a@1.');
    const named = () => ["a", "split"];
    assert.equal(
      refusal("c", named),
      'not_found: There is neither a model nor an endpoint "c". Available: a, b, split.',
    );
    assert.equal(refusal("a@2", named), 'not_found: There is no model "a@2". Available: a@1.');
  });

  it("lists every fault of every bad manifest", () => {
    add("good", 1);
    add("bad", 1, manifest.replace('"text-match"', '"nonsense"'));
    add("worse", 1, "{");
    add("lost", 1);
    writeFileSync(join(folder, "lost", "default"), "7");
    cpSync(join(folder, "good", "1"), join(folder, "moved", "1"), { recursive: true });
    assert.throws(
      () => loadRegistry(folder),
      (error: unknown) => {
        assert.ok(error instanceof RegistryError);
        const text = error.faults.join("\n");
        for (const part of ["bad/1: pipeline", "worse/1", "lost/default", "moved/1: says it is"]) {
          assert.ok(text.includes(part), `${part} in ${text}`);
        }
        return true;
      },
    );
  });
});
