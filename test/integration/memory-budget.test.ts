import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Sessions } from "../../worker/runner/sessions.ts";

const model = (name: string): string => `test/fixtures/models/${name}/1`;
/** The fixture's file has 66,441 bytes; the other two have 144 and 219. */
const LARGE = model("slow-text");
const [SMALL, OTHER] = [model("lookup"), model("two-outputs")];
const LARGE_MEMORY = 66_441 * 2.7;

async function load(sessions: Sessions, folder: string) {
  const answer = await sessions.load(folder);
  assert.ok(answer.type === "loaded", JSON.stringify(answer));
  return answer;
}

describe("the sessions of a runner", () => {
  it("make room for another by dropping those used longest ago, and no more than needed", async () => {
    const sessions = new Sessions(LARGE_MEMORY + 144 * 2.7);
    await load(sessions, LARGE);
    await load(sessions, SMALL);
    await sessions.get(LARGE);
    assert.deepEqual((await load(sessions, LARGE)).dropped, []);
    assert.deepEqual((await load(sessions, OTHER)).dropped, [SMALL, LARGE]);
    assert.deepEqual((await load(sessions, SMALL)).dropped, []);
    await assert.rejects(sessions.get(LARGE), /not loaded/);
    await sessions.get(OTHER);
    assert.deepEqual((await load(sessions, LARGE)).dropped, [SMALL, OTHER]);
  });

  it("include one that is larger than the budget, alone, and say so", async () => {
    const sessions = new Sessions(1000);
    assert.equal((await load(sessions, SMALL)).isOverBudget, false);
    const { dropped, isOverBudget } = await load(sessions, LARGE);
    assert.deepEqual([dropped, isOverBudget], [[SMALL], true]);
    await sessions.get(LARGE);
    assert.deepEqual((await load(sessions, SMALL)).dropped, [LARGE]);
  });

  it("tell what was dropped also when loading then fails", async () => {
    const folder = mkdtempSync(join(tmpdir(), "scoreline-model-"));
    copyFileSync(join(LARGE, "manifest.json"), join(folder, "manifest.json"));
    const sessions = new Sessions(1000);
    await load(sessions, SMALL);
    const failed = await sessions.load(folder);
    rmSync(folder, { recursive: true });
    assert.ok(failed.type === "load_failed");
    assert.deepEqual(failed.dropped, [SMALL]);
  });

  it("are loaded afresh for another edition of the folder", async () => {
    const sessions = new Sessions();
    await sessions.load(SMALL, "a");
    const first = await sessions.get(SMALL);
    await sessions.load(SMALL, "a");
    assert.equal(await sessions.get(SMALL), first);
    await sessions.load(SMALL, "b");
    assert.notEqual(await sessions.get(SMALL), first);
  });
});
