import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { canContain, Contained } from "../support/contained.ts";
import { pacedModel } from "../support/models.ts";
import { freePort, TestRedis } from "../support/redis.ts";
import { Role } from "../support/system.ts";
import { until } from "../support/until.ts";

/** After the first line of a role, in ms: while it loads, connects, starts, is ready. */
const INSTANTS = [50, 200, 400, 700, 1000];

const ROLES = [
  { name: "gateway", main: "gateway/main.ts", own: {} },
  {
    name: "worker",
    main: "worker/main.ts",
    own: { WORKER_ROLE: "score", WORKER_MODELS: "slow-text", WORKER_SLOTS: "1" },
  },
  { name: "courier", main: "worker/main.ts", own: { WORKER_ROLE: "courier" } },
] as const;

async function environment(own: object): Promise<Record<string, string>> {
  const PORT = String(await freePort());
  return { AUTH: "off", PORT, MODELS_DIR: "test/fixtures/models", ...own };
}

/** Our files that it had loaded when it began to listen. */
async function loadedBefore(role: Contained): Promise<readonly string[] | undefined> {
  await until("it listens", () => role.loadedBeforeListening !== undefined);
  return role.loadedBeforeListening?.map((file) => relative(".", file));
}

const skip = !canContain && "needs root and unshare";
describe("a role in a container that is told to end", { skip }, () => {
  let redis: TestRedis;
  before(async () => (redis = await TestRedis.start()));
  after(async () => redis[Symbol.asyncDispose]());

  for (const { name, main, own } of ROLES) {
    const start = async (isFirst: boolean): Promise<Contained> => {
      const env = { REDIS_URL: redis.urlOf(name), ...(await environment(own)) };
      return Contained.start(main, env, { isFirst });
    };

    it(`listens as a ${name} before it loads anything else`, async () => {
      await using role = await start(true);
      assert.deepEqual(await loadedBefore(role), [main, "shared/signals.ts"]);
      assert.equal(await role.end("SIGTERM"), 0, role.log);
    });

    it(`ends as a ${name} that is process 1, whenever it is told`, async () => {
      await Promise.all(
        INSTANTS.map(async (ms) => {
          await using role = await start(true);
          await loadedBefore(role);
          await sleep(ms);
          assert.equal(await role.end("SIGTERM"), 0, `told after ${ms} ms: ${role.log}`);
        }),
      );
    });

    it(`ends as a ${name} that is process 1 and was told before its first line`, async () => {
      await using role = await start(true);
      await role.booting();
      assert.equal(await role.end("SIGTERM"), 0, role.log);
    });

    it(`ends as a ${name} beside another process 1, before it can listen as well`, async () => {
      await using role = await start(false);
      const code = await role.end("SIGTERM");
      assert.ok([0, 143].includes(code), `${code}: ${role.log}`);
    });
  }

  it("listens as the launcher before it loads anything else", async () => {
    const DATA_DIR = mkdtempSync(join(tmpdir(), "scoreline-data-"));
    const main = "cli/start/main.ts";
    const env = { ...(await environment({})), DATA_DIR };
    await using launcher = await Contained.start(main, env, { isFirst: true });
    assert.deepEqual(await loadedBefore(launcher), [main, "cli/start/signals.ts"]);
    assert.equal(await launcher.end("SIGTERM"), 0, launcher.log);
    rmSync(DATA_DIR, { recursive: true });
  });
});

describe("a role that is told to end while it starts", () => {
  for (const { name, main, own } of ROLES) {
    it(`does not wait as a ${name} for a Redis that says nothing`, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const connected = once(server, "connection");
      const address = server.address();
      assert.ok(typeof address === "object" && address !== null);
      const REDIS_URL = `redis://127.0.0.1:${address.port}`;
      const role = new Role(name, main, { REDIS_URL, ...(await environment(own)) });
      const [socket] = await connected;
      assert.equal(await role.end("SIGTERM"), 0, role.log);
      socket.destroy();
      server.close();
    });
  }

  it("does not wait as a worker for a model that loads slowly", async () => {
    await using redis = await TestRedis.start();
    const models = pacedModel({});
    writeFileSync(join(models, "paced/1/paced.mjs"), "await new Promise(() => {});");
    const env = { REDIS_URL: redis.urlOf("worker"), ...(await environment(ROLES[1].own)) };
    const own = { WORKER_MODELS: "paced", MODELS_DIR: models, LOG_LEVEL: "debug" };
    const role = new Role("worker", "worker/main.ts", { ...env, ...own });
    await until("a runner is there", () => role.log.includes('"runner started"'));
    assert.equal(await role.end("SIGTERM"), 0, role.log);
    assert.doesNotMatch(role.log, /"ready"|cannot be loaded/);
    rmSync(models, { recursive: true });
  });
});
