import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ask } from "../support/client.ts";
import { freePort } from "../support/redis.ts";
import { MARK, SECRET, sendPlanted, type Planted } from "../support/planted-requests.ts";
import { runsOf } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";
import { RECEIVERS_HERE, register, tenantSecret } from "../support/webhooks.ts";

const folder = mkdtempSync(join(tmpdir(), "scoreline-folder-"));

type Command = readonly string[];
const ROLES = ["gateway", "worker", "courier"];

/** A system that says all it has to say, and what it said and answered. */
describe("secrets and inputs", () => {
  let system: System;
  let url = "";
  let worker: Role;
  let health = "";
  let rounds = 0;
  const answers: Planted[] = [];
  const secrets: string[] = [];

  before(async () => {
    const env = { MODELS_DIR: "test/fixtures/models", LOG_LEVEL: "trace", BATCH_FOLDER: folder };
    system = await System.bare({ ...env, ...RECEIVERS_HERE });
    const port = await freePort();
    health = `http://127.0.0.1:${port}`;
    const gateway = system.gateway();
    worker = system.startingWorker({ env: { WORKER_SLOTS: "1", HEALTH_PORT: String(port) } });
    const others = [worker.ready(), system.courier()];
    ({ url } = await gateway);
    await Promise.all(others);
    const endpoint = await register(url, { url: "http://127.0.0.2:9/hook" });
    const { password } = new URL(system.redis.urlOf("worker"));
    secrets.push(system.key, password, endpoint.secret, await tenantSecret(url));
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** @returns whether a job was taken */
  async function send(): Promise<boolean> {
    rounds += 1;
    const given = await sendPlanted(url, rounds);
    answers.push(...given);
    return given.some(({ name, status }) => name === "job" && status < 300);
  }

  /** What ends each is `ACL LOAD` and what stands behind it. */
  const troubles: Readonly<Record<string, readonly [begin: Command[], end: Command[]]>> = {
    "has no memory left": [
      [["CONFIG", "SET", "maxmemory", "1"]],
      [["CONFIG", "SET", "maxmemory", "0"]],
    ],
    "became a replica": [[["REPLICAOF", "127.0.0.1", "1"]], [["REPLICAOF", "NO", "ONE"]]],
    "refuses scripts": [ROLES.map((role) => ["ACL", "SETUSER", role, "-eval"]), []],
    "has other passwords": [
      [
        ...ROLES.map((role) => ["ACL", "SETUSER", role, "resetpass", ">another"]),
        ["CLIENT", "KILL", "TYPE", "normal"],
      ],
      [],
    ],
  };

  it("are sent while all is well", async () => {
    await send();
    const made = answers.find(({ name }) => name === "job");
    assert.ok(made !== undefined && made.status < 300, JSON.stringify(made));
  });

  for (const [what, [begin, end]] of Object.entries(troubles)) {
    it(`are sent while Redis ${what}`, async () => {
      const redis = system.redis.client();
      const noted = worker.log.length;
      for (const [command = "", ...args] of begin) await redis.call(command, ...args);
      await send();
      // What waits for Redis fails with the last command of its connection, which may be AUTH.
      const isTold = (): boolean => worker.log.slice(noted).includes('"msg":"heartbeat"');
      if (what === "has other passwords") await until("a heartbeat has failed", isTold);
      for (const [command = "", ...args] of [...end, ["ACL", "LOAD"], ["ACL", "LOG", "RESET"]]) {
        await redis.call(command, ...args);
      }
      await until("the gateway serves again", async () => (await ask(`${url}/readyz`)).ok);
    });
  }

  it("are sent while Redis is killed, and a runner", async () => {
    // A gateway may have seen Redis last when it was full.
    await until("jobs are taken again", send);
    const runs = runsOf(worker).length;
    const sent = send();
    await until("a runner is at work", () => runsOf(worker).length > runs);
    const runner = runsOf(worker).at(-1)?.runner;
    assert.ok(runner !== undefined);
    process.kill(runner, "SIGKILL");
    await system.redis.kill();
    await sent;
    await send();
    await system.redis.launch();
    await until("the gateway serves again", async () => (await ask(`${url}/readyz`)).ok);
    await send();
  });

  it("are in no line of any process", async () => {
    for (const { name, log } of system.roles) {
      const lines = log.split("\n");
      for (const planted of [MARK, ...secrets]) {
        assert.deepEqual(
          lines.filter((line) => line.includes(planted)),
          [],
          `${name}: ${planted}`,
        );
      }
    }
  });

  it("are in no figure", async () => {
    for (const place of [url, health]) {
      const text = await (await ask(`${place}/metrics`)).text();
      for (const planted of [MARK, ...secrets]) assert.ok(!text.includes(planted), planted);
    }
  });

  it("are in no answer, but for what is the client's own to get back", async () => {
    for (const { name, text } of answers) {
      for (const secret of [SECRET, ...secrets]) {
        assert.ok(!text.includes(secret), `${name}: ${text}`);
      }
    }
  });

  it("do not keep any line from being JSON", () => {
    for (const { name, lines } of system.roles) {
      assert.ok(lines.length > 0, name);
      for (const line of lines) {
        assert.doesNotThrow(() => JSON.parse(line), `${name}: ${line}`);
      }
    }
  });
});
