import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { acquireLock, isHeld, releaseLock, type Holder } from "../../../../cli/start/lock.ts";
import { CommandError } from "../../../../cli/terminal/command.ts";

function holder(pid: number, identity: string): Holder {
  return { v: 1, pid, identity, since: "2026-01-05T10:00:00.000Z", url: "http://127.0.0.1:8080" };
}

/** A folder of its own and a machine on which only the processes of `living` run. */
function setup(t: TestContext, living: Readonly<Record<number, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-lock-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "lock.json");
  return { folder, path, identityOf: (pid: number): string | null => living[pid] ?? null };
}

describe("lock", () => {
  it("is held only by the very process that took it", (t) => {
    const { identityOf } = setup(t, { 7: "boot:100" });
    assert.equal(isHeld(holder(7, "boot:100"), identityOf), true);
    assert.equal(isHeld(holder(7, "boot:99"), identityOf), false, "the pid was used again");
    assert.equal(isHeld(holder(8, "boot:100"), identityOf), false, "the process is gone");
    assert.equal(isHeld(null, identityOf), false);
  });

  it("refuses a folder whose holder lives, naming it", (t) => {
    const { path, identityOf } = setup(t, { 7: "boot:100", 8: "boot:200" });
    acquireLock(path, holder(7, "boot:100"), identityOf);
    assert.throws(
      () => acquireLock(path, holder(8, "boot:200"), identityOf),
      (error) => {
        assert.ok(error instanceof CommandError);
        assert.match(error.message, /pid 7, since 2026-01-05T10:00:00\.000Z, at http:\/\/127/);
        return true;
      },
    );
    assert.equal(JSON.parse(readFileSync(path, "utf8")).pid, 7);
  });

  it("replaces the lock of a process that is gone and leaves no other file", (t) => {
    const { folder, path, identityOf } = setup(t, { 8: "boot:200" });
    acquireLock(path, holder(7, "boot:100"), identityOf);
    acquireLock(path, holder(8, "boot:200"), identityOf);
    assert.equal(JSON.parse(readFileSync(path, "utf8")).pid, 8);
    assert.deepEqual(readdirSync(folder), ["lock.json"]);
  });

  it("replaces a lock that cannot be read", (t) => {
    const { path, identityOf } = setup(t, { 8: "boot:200" });
    writeFileSync(path, '{"v":1,"pid"');
    acquireLock(path, holder(8, "boot:200"), identityOf);
    assert.equal(JSON.parse(readFileSync(path, "utf8")).pid, 8);
  });

  it("is given back by its holder only", (t) => {
    const { path, identityOf } = setup(t, { 7: "boot:100" });
    acquireLock(path, holder(7, "boot:100"), identityOf);
    releaseLock(path, holder(8, "boot:200"));
    assert.equal(existsSync(path), true);
    releaseLock(path, holder(7, "boot:100"));
    assert.equal(existsSync(path), false);
  });
});
