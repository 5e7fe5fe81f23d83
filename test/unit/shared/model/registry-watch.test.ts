import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { pino } from "pino";
import { RegistryError } from "../../../../shared/model/registry.ts";
import { RegistryWatch } from "../../../../shared/model/registry-watch.ts";
import { repositoryFile } from "../../../support/client.ts";

const manifest = repositoryFile("test/fixtures/models/slow-text/1/manifest.json").toString();

describe("registry watch", () => {
  let folder = "";
  let lines: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scoreline-models-"));
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function add(version: number, text = manifest): void {
    const home = join(folder, "a", String(version));
    mkdirSync(home, { recursive: true });
    const named = text
      .replace('"slow-text"', '"a"')
      .replace('"version": 1', `"version": ${version}`);
    writeFileSync(join(home, "manifest.json"), named);
    writeFileSync(join(home, "model.onnx"), "1");
  }

  /** Version 1 is there; `told` holds the ids of each registry that was told. */
  function setup(): { watch: RegistryWatch; told: string[][]; settle: () => void } {
    add(1);
    const logger = pino({ level: "info" }, { write: (line: string) => lines.push(line) });
    const watch = new RegistryWatch(folder, logger);
    const told: string[][] = [];
    watch.onChange(({ versions }) => told.push(versions.map(({ id }) => id)));
    const settle = (): void => {
      watch.look();
      watch.look();
    };
    return { watch, told, settle };
  }

  it("tells a new version once two looks find the same, and keeps the others as they are", () => {
    const { watch, told } = setup();
    const first = watch.registry.resolve("a@1");
    add(2);
    watch.look();
    assert.deepEqual(told, []);
    watch.look();
    watch.look();
    assert.deepEqual(told, [["a@1", "a@2"]]);
    assert.equal(watch.registry.resolve("a").id, "a@2");
    assert.equal(watch.registry.resolve("a@1"), first);
  });

  it("tells that a version is archived, which is no other edition and no default", () => {
    const { watch, told, settle } = setup();
    add(2);
    settle();
    const { edition } = watch.registry.resolve("a@2");
    const mark = join(folder, "a", "2", "archived");
    writeFileSync(mark, "");
    settle();
    assert.equal(told.length, 2);
    const archived = watch.registry.resolve("a@2");
    assert.deepEqual([archived.isArchived, archived.edition], [true, edition]);
    assert.equal(watch.registry.resolve("a").id, "a@1");
    writeFileSync(join(folder, "a", "default"), "2");
    settle();
    assert.equal(watch.registry.resolve("a").id, "a@2", "what `default` says counts");
    rmSync(mark);
    settle();
    assert.equal(watch.registry.resolve("a@2").isArchived, false);
  });

  it("does not look into folders whose names begin with a dot", () => {
    const { told, settle, watch } = setup();
    for (const draft of [".draft", "a/.draft"]) {
      mkdirSync(join(folder, draft));
      writeFileSync(join(folder, draft, "manifest.json"), "half of one");
    }
    settle();
    assert.deepEqual(
      watch.registry.versions.map(({ id }) => id),
      ["a@1"],
    );
    assert.ok(told.every((ids) => ids.join() === "a@1"));
    assert.ok(!lines.some((line) => line.includes("have faults")));
  });

  it("leaves a folder alone that changes from look to look", () => {
    const { watch, told } = setup();
    add(2);
    for (const size of [10, 20, 30]) {
      writeFileSync(join(folder, "a", "2", "model.onnx"), "x".repeat(size));
      watch.look();
    }
    assert.deepEqual(told, []);
    watch.look();
    assert.equal(told.length, 1);
  });

  it("gives a version whose model file changed as a new object", () => {
    const { watch, told, settle } = setup();
    const first = watch.registry.resolve("a@1");
    writeFileSync(join(folder, "a", "1", "model.onnx"), "garbage");
    settle();
    assert.deepEqual(told, [["a@1"]]);
    assert.notEqual(watch.registry.resolve("a@1"), first);
  });

  it("follows `default`, and forgets what was removed", () => {
    const { watch, told, settle } = setup();
    add(2);
    writeFileSync(join(folder, "a", "default"), "1\n");
    settle();
    assert.equal(watch.registry.resolve("a").id, "a@1");
    writeFileSync(join(folder, "a", "default"), "2\n");
    settle();
    assert.equal(watch.registry.resolve("a").id, "a@2");
    rmSync(join(folder, "a", "1"), { recursive: true });
    settle();
    assert.deepEqual(told.at(-1), ["a@2"]);
  });

  it("holds back a version with faults, takes the others, and logs the faults once", () => {
    const { watch, told, settle } = setup();
    add(2, "{");
    add(3);
    settle();
    settle();
    assert.deepEqual(told, [["a@1", "a@3"]]);
    assert.throws(() => watch.registry.resolve("a@2"), { code: "model_unavailable" });
    assert.equal(lines.filter((line) => line.includes("held back")).length, 1);
    assert.match(lines.join(""), /a\/2/);
    add(2);
    settle();
    assert.deepEqual(told.at(-1), ["a@1", "a@2", "a@3"]);
    assert.equal(watch.registry.resolve("a@2").id, "a@2");
  });

  it("keeps a version as it was while its manifest has faults, and the bare name with it", () => {
    const { watch, told, settle } = setup();
    const first = watch.registry.resolve("a@1");
    add(2);
    writeFileSync(join(folder, "a", "default"), "1\n");
    settle();
    add(1, "{");
    writeFileSync(join(folder, "a", "default"), "3\n");
    settle();
    assert.deepEqual(told.at(-1), ["a@1", "a@2"]);
    assert.equal(watch.registry.resolve("a"), first);
    assert.match(lines.join(""), /there is no version 3/);
    add(3, "{");
    settle();
    assert.equal(watch.registry.resolve("a"), first);
  });

  it("says of a model whose only version has faults that it is unavailable, not unknown", () => {
    const { watch, settle } = setup();
    mkdirSync(join(folder, "b", "1"), { recursive: true });
    writeFileSync(join(folder, "b", "1", "manifest.json"), "{}");
    settle();
    assert.throws(() => watch.registry.resolve("b"), { code: "model_unavailable" });
    assert.throws(() => watch.registry.resolve("c"), { code: "not_found" });
    assert.deepEqual(watch.registry.names, ["a"]);
  });

  it("keeps the last good registry when the whole folder is gone for a while", () => {
    const { watch, settle } = setup();
    rmSync(join(folder, "a"), { recursive: true });
    settle();
    assert.equal(watch.registry.resolve("a").id, "a@1");
  });

  it("wants a good registry to begin with", () => {
    add(1, "{");
    assert.throws(() => new RegistryWatch(folder, pino({ level: "silent" })), RegistryError);
  });
});
