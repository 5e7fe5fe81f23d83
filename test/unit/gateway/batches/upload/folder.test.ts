import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { BatchFolder } from "../../../../../gateway/batches/upload/folder.ts";

describe("a folder of batches", () => {
  let root: string;
  let top: string;
  let folder: BatchFolder;

  before(() => {
    root = mkdtempSync(join(tmpdir(), "scoreline-batch-folder-"));
    top = join(root, "top");
    for (const path of ["top/a/b", "top/B", "top-secret"]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    for (const path of ["a/1.txt", "a/b/2.txt", "a/10.txt", "a/.no.txt", "B/x.txt", "a/..y"]) {
      writeFileSync(join(top, path), path);
    }
    writeFileSync(join(root, "top-secret", "s.txt"), "secret");
    folder = new BatchFolder(top);
  });
  after(() => rmSync(root, { recursive: true }));

  const walked = async (path: string, pattern = "**/*") => {
    const found: (readonly [string, string | undefined])[] = [];
    for await (const { path: below, fault } of folder.walk(path, pattern)) {
      found.push([below, fault?.message]);
    }
    return found;
  };
  const textOf = async (path: string): Promise<string> => {
    const handle = await folder.open(path);
    try {
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  };

  it("is walked in the order of names, upper case first, without what begins with a dot", async () => {
    assert.deepEqual(
      (await walked(".")).map(([path]) => path),
      ["B/x.txt", "a/1.txt", "a/10.txt", "a/b/2.txt"],
    );
  });

  it("is not entered below where the pattern has no slash", async () => {
    assert.deepEqual(
      (await walked("a", "*.txt")).map(([path]) => path),
      ["1.txt", "10.txt"],
    );
  });

  it("is walked to its end whatever the pattern: nothing is tried again and again", async () => {
    writeFileSync(join(top, "a", "b", "a".repeat(200)), "");
    for (const pattern of [`**/${"*a".repeat(100)}*b`, `${"**/".repeat(80)}b`]) {
      assert.deepEqual(await walked(".", pattern), []);
    }
    rmSync(join(top, "a", "b", "a".repeat(200)));
  });

  it("lets others have a turn, however many names do not match", async () => {
    mkdirSync(join(top, "many"));
    for (let i = 0; i < 200; i++) writeFileSync(join(top, "many", `${i}.txt`), "");
    let turns = 0;
    const count = (): void => {
      turns += 1;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    assert.deepEqual(await walked("many", "*.jpg"), []);
    clearImmediate(turn);
    rmSync(join(top, "many"), { recursive: true });
    assert.ok(turns >= 20, `${turns} turns`);
  });

  it("gives files, also through links that stay inside", async () => {
    symlinkSync("../a/1.txt", join(top, "B", "link.txt"));
    symlinkSync("a", join(top, "A"));
    assert.equal(await textOf("a/1.txt"), "a/1.txt");
    assert.equal(await textOf("B/link.txt"), "a/1.txt");
    assert.equal(await textOf("A/10.txt"), "a/10.txt");
    rmSync(join(top, "A"));
    rmSync(join(top, "B", "link.txt"));
  });

  const outside = ["..", "../top-secret/s.txt", "a/../../top-secret/s.txt", "/etc/hostname", "\0"];
  for (const path of outside) {
    it(`refuses ${JSON.stringify(path)}, as a file and as a folder`, async () => {
      const refusal = { code: "invalid_input", message: /is not inside the batch folder/ };
      await assert.rejects(folder.open(path), refusal);
      await assert.rejects(walked(path), refusal);
    });
  }

  it("refuses links that leave it, wherever on the way they stand", async () => {
    symlinkSync("../../top-secret/s.txt", join(top, "B", "out.txt"));
    symlinkSync(join(root, "top-secret"), join(top, "outside"));
    const refusal = { code: "invalid_input", message: /is not inside the batch folder/ };
    await assert.rejects(folder.open("B/out.txt"), refusal);
    await assert.rejects(folder.open("outside/s.txt"), refusal);
    await assert.rejects(walked("outside"), refusal);
    rmSync(join(top, "outside"));
    rmSync(join(top, "B", "out.txt"));
  });

  it("names links to folders instead of following or losing them", async () => {
    symlinkSync("..", join(top, "B", "loop"));
    const [first] = await walked("B");
    assert.deepEqual(first, [
      "loop",
      "It is a link to a folder; links to folders are not followed.",
    ]);
    assert.deepEqual(await walked("B", "*.txt"), [["x.txt", undefined]]);
    rmSync(join(top, "B", "loop"));
  });

  it("refuses pipes without waiting for who writes to them, devices and folders", async () => {
    execFileSync("mkfifo", [join(top, "B", "pipe")]);
    symlinkSync("/dev/zero", join(top, "B", "zero"));
    assert.deepEqual(
      (await walked("B")).map(([path]) => path),
      ["pipe", "x.txt", "zero"],
    );
    for (const path of ["B/pipe", "B/zero", "B"]) {
      await assert.rejects(folder.open(path), { message: "It is not a regular file." });
    }
    rmSync(join(top, "B", "zero"));
    rmSync(join(top, "B", "pipe"));
  });

  it("says what is not there", async () => {
    await assert.rejects(folder.open("a/none"), {
      message: /"a\/none" is not a file in the batch folder/,
    });
    await assert.rejects(walked("none"), { message: /"none" is not a file or folder/ });
    await assert.rejects(walked("a/1.txt"), { message: /"a\/1.txt" is not a folder/ });
  });

  it("that cannot be read at all is the operator's trouble, not the caller's", async () => {
    const gone = new BatchFolder(join(root, "gone"));
    await assert.rejects(gone.walk(".", "*").next(), { code: "service_unavailable" });
  });
});
