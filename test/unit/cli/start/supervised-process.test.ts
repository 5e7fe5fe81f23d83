import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { processIdentity } from "../../../../cli/start/process-identity.ts";
import { CommandError } from "../../../../cli/terminal/command.ts";
import { SupervisedProcess, untilSaysReady } from "../../../../cli/start/supervised-process.ts";

const STAYS = "process.send({ ready: true }); setInterval(() => {}, 1000);";
const STAYS_DEAF = `process.on("SIGTERM", () => {}); ${STAYS}`;
const ENDS_WELL = `process.on("SIGTERM", () => process.exit(0)); ${STAYS}`;
const ENDS_BADLY = `process.on("SIGTERM", () => process.exit(3)); ${STAYS}`;

/** A supervised Node.js that runs `script`, ended after the test. */
function setup(t: TestContext, script: string) {
  const said: string[] = [];
  const pids: number[] = [];
  const spawns = Promise.withResolvers<void>();
  const supervised = new SupervisedProcess(
    {
      name: "role",
      launch: (): ChildProcess =>
        spawn(process.execPath, ["-e", script], {
          detached: true,
          stdio: ["ignore", "ignore", "ignore", "ipc"],
        }),
      untilReady: untilSaysReady,
      readyMs: 20_000,
      graceMs: 500,
    },
    {
      spawned: (_name, child) => {
        pids.push(child.pid ?? 0);
        if (pids.length === 2) spawns.resolve();
      },
      ready: () => undefined,
      ended: () => undefined,
      say: (text) => said.push(text),
    },
  );
  t.after(() => supervised.kill());
  return { supervised, said, pids, secondSpawn: spawns.promise };
}

describe("a supervised process", { timeout: 60_000 }, () => {
  it("is started again after it died, and that is said with the signal", async (t) => {
    const { supervised, said, pids, secondSpawn } = setup(t, STAYS);
    await supervised.start();
    process.kill(pids[0] ?? 0, "SIGKILL");
    await secondSpawn;
    assert.ok(said.includes("role died (signal SIGKILL), starting it again in 0.5 s"), said.join());
  });

  it("fails the start when it exits by itself before it was ever ready", async (t) => {
    const { supervised, pids } = setup(t, "process.exit(2)");
    await assert.rejects(supervised.start(), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.message, "role could not start (exit code 2)");
      return true;
    });
    assert.equal(pids.length, 1);
  });

  it("is clean when it ends with code 0 after SIGTERM", async (t) => {
    const { supervised, pids } = setup(t, ENDS_WELL);
    await supervised.start();
    assert.equal(await supervised.stop(), true);
    assert.equal(processIdentity(pids[0] ?? 0), null);
    assert.equal(pids.length, 1);
  });

  it("is not clean when it ends with another code, and says so", async (t) => {
    const { supervised, said } = setup(t, ENDS_BADLY);
    await supervised.start();
    assert.equal(await supervised.stop(), false);
    assert.ok(said.includes("role did not end cleanly (exit code 3)"), said.join());
  });

  it("is killed when it does not end in time, and that is said", async (t) => {
    const { supervised, said, pids } = setup(t, STAYS_DEAF);
    await supervised.start();
    assert.equal(await supervised.stop(), false);
    assert.equal(processIdentity(pids[0] ?? 0), null);
    assert.ok(said.includes("role did not end within 0.5 s: killing it"), said.join());
  });

  it("can be stopped while it waits to be started again", async (t) => {
    const { supervised, pids } = setup(t, STAYS);
    await supervised.start();
    process.kill(pids[0] ?? 0, "SIGKILL");
    assert.equal(await supervised.stop(), false);
    assert.equal(pids.length, 1);
  });

  it("can be stopped before it was started", async (t) => {
    const { supervised, pids } = setup(t, STAYS);
    assert.equal(await supervised.stop(), true);
    assert.equal(pids.length, 0);
  });
});
