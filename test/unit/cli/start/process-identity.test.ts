import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { parseStat, processIdentity } from "../../../../cli/start/process-identity.ts";

describe("process identity", () => {
  it("reads state and start time behind a command full of spaces and parentheses", () => {
    const fields = ["S", ...Array.from({ length: 18 }, (_, i) => String(i)), "4711", "9"];
    const parsed = parseStat(`12 (a) b (c d) ${fields.join(" ")}`);
    assert.deepEqual(parsed, { state: "S", startTicks: "4711" });
  });

  it("finds nothing in a line that is too short", () => {
    assert.equal(parseStat("12 (node) S 1 2"), null);
  });

  it("is steady while a process lives and null when it has ended", async () => {
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await once(child, "spawn");
    const pid = child.pid ?? 0;
    const identity = processIdentity(pid);
    assert.notEqual(identity, null);
    assert.equal(processIdentity(pid), identity);
    assert.notEqual(processIdentity(process.pid), identity);
    child.stdin.end();
    await once(child, "exit");
    assert.equal(processIdentity(pid), null);
  });
});
