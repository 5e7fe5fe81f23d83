import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { CaptureFolder, pathOf } from "../../../../../worker/courier/capture/folder.ts";

const NOON = Date.UTC(2026, 10, 29, 12, 34);
const DAY_MS = 86_400_000;
const of = { endpoint: "faq", variant: "blue" };

describe("the folder of captured lines", () => {
  let top: string;
  let folder: CaptureFolder;
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), "scoreline-capture-"));
    folder = new CaptureFolder(top);
  });
  afterEach(async () => rm(top, { recursive: true, force: true }));

  const path = pathOf(of, "inputs", NOON, "c0ffee");
  const text = async () => readFile(join(top, path), "utf8");
  const append = async (sure: number, lines: string) =>
    folder.append(path, sure, Buffer.from(lines));

  it("has a file an hour, kind, variant and courier", () => {
    assert.equal(path, "faq/blue/inputs/2026/11/29/12-c0ffee.ndjson");
  });

  it("grows behind what is sure, and loses what is not", async () => {
    assert.equal(await append(0, "one\n"), 4);
    assert.equal(await append(4, "two\n"), 8);
    assert.equal(await append(4, "three\n"), 10);
    assert.equal(await text(), "one\nthree\n");
    await folder.cut(path, 4);
    assert.equal(await text(), "one\n");
    await folder.cut(path, 0);
    assert.deepEqual([await folder.size(path), await folder.size("faq/none")], [0, 0]);
    await folder.cut("faq/none", 3);
  });

  it("refuses to go on where lines that were sure are gone, and to make its top", async () => {
    await append(0, "one\n");
    await writeFile(join(top, path), "");
    await assert.rejects(append(4, "two\n"), /has lost lines/);
    await rm(top, { recursive: true });
    await assert.rejects(append(0, "two\n"), { code: "ENOENT" });
  });

  it("keeps each endpoint's days for as long as it says, or said last", async () => {
    const days = async (endpoint: string): Promise<readonly string[]> => {
      const files = await readdir(join(top, endpoint), { recursive: true });
      return files.filter((file) => file.endsWith(".ndjson")).toSorted();
    };
    for (const endpoint of ["week", "none"]) {
      for (const ago of [0, 7, 8, 30, 31]) {
        const old = pathOf({ endpoint, variant: "blue" }, "inputs", NOON - ago * DAY_MS, "c0ffee");
        await mkdir(dirname(join(top, old)), { recursive: true });
        await writeFile(join(top, old), "{}\n");
      }
    }
    const week = (endpoint: string) => (endpoint === "week" ? 7 : undefined);
    await folder.sweep(NOON, week);
    const kept = ["2026/11/22", "2026/11/29"].map((day) => `blue/inputs/${day}/12-c0ffee.ndjson`);
    assert.deepEqual(await days("week"), kept);
    assert.equal((await days("none")).length, 4, "30 days of one that never said");
    await folder.sweep(NOON + DAY_MS, () => undefined);
    assert.deepEqual(await days("week"), kept.slice(1), "as it said before it was deleted");
    assert.deepEqual(await readdir(join(top, "week", "blue", "inputs", "2026")), ["11"]);
  });
});
