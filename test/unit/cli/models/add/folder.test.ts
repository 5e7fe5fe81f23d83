import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import {
  defaultOf,
  Draft,
  freeVersion,
  nextVersion,
} from "../../../../../cli/models/add/folder.ts";

const parent = mkdtempSync(join(tmpdir(), "scoreline-draft-"));
after(() => rmSync(parent, { recursive: true }));
const models = (): string => join(mkdtempSync(join(parent, "m-")), "models");

describe("a draft", () => {
  it("is out of sight until it is put in place, and then a version and the default", async () => {
    const folder = models();
    await using draft = await Draft.begin(folder, true);
    await draft.write("manifest.json", "{}");
    assert.ok(readdirSync(folder).every((name) => name.startsWith(".")));
    assert.equal(await draft.putInPlace("a", 1), join(folder, "a/1"));
    assert.deepEqual(readdirSync(folder), ["a"]);
    assert.equal(readFileSync(join(folder, "a/default"), "utf8"), "1\n");
  });

  it("is gone when it is not put in place", async () => {
    const folder = models();
    {
      await using draft = await Draft.begin(folder, true);
      await draft.write("manifest.json", "{}");
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is refused where no folder can be made", async () => {
    const file = join(parent, "file");
    writeFileSync(file, "");
    await assert.rejects(Draft.begin(join(file, "models"), true), {
      name: "CommandError",
      message: /nothing can be written there: ENOTDIR/,
    });
  });

  it("is nowhere near the models when it is only for trying", async () => {
    const folder = models();
    await using draft = await Draft.begin(folder, false);
    assert.ok(existsSync(draft.folder) && !existsSync(folder));
  });

  it("never takes the place of a version that came meanwhile", async () => {
    const folder = models();
    await using first = await Draft.begin(folder, true);
    await using second = await Draft.begin(folder, true);
    for (const [draft, content] of [
      [first, "first"],
      [second, "second"],
    ] as const) {
      await draft.write("manifest.json", content);
    }
    await first.putInPlace("a", 1);
    await assert.rejects(second.putInPlace("a", 1), {
      name: "CommandError",
      message: /a@1 was created meanwhile/,
    });
    assert.equal(readFileSync(join(folder, "a/1/manifest.json"), "utf8"), "first");
  });

  it("leaves the default as it is for a version that is not the first", async () => {
    const folder = models();
    for (const version of [1, 2]) {
      await using draft = await Draft.begin(folder, true);
      await draft.write("manifest.json", "{}");
      await draft.putInPlace("a", version);
    }
    assert.equal(defaultOf(folder, "a"), 1);
    rmSync(join(folder, "a/default"));
    assert.equal(defaultOf(folder, "a"), 2);
  });
});

describe("versions", () => {
  const folder = models();
  for (const version of ["1", "2", "10", "build"]) {
    mkdirSync(join(folder, "a", version), { recursive: true });
  }

  it("go on after the highest", () => {
    assert.equal(nextVersion(folder, "a"), 11);
    assert.equal(nextVersion(folder, "b"), 1);
  });

  it("may be any that is free", () => {
    assert.equal(freeVersion(folder, "a", "3"), 3);
    assert.throws(() => freeVersion(folder, "a", "2"), { message: /a@2 is there. The next is 11/ });
    for (const wrong of ["0", "01", "1.5", "-1", "x", "9999999999"]) {
      assert.throws(() => freeVersion(folder, "a", wrong), { name: "UsageError" });
    }
  });
});
