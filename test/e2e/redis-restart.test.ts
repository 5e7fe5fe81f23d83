import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { text } from "node:stream/consumers";
import { FORGETS, MAY_FORGET } from "../../shared/redis/log-replay.ts";
import { BatchClient, batchOf } from "../support/batch-client.ts";
import { postJson, request, useKey } from "../support/client.ts";
import { runTool } from "../support/cluster-tools.ts";
import { issueAdminKey } from "../support/keys.ts";
import { batchModels } from "../support/models.ts";
import { freePort } from "../support/redis.ts";
import { redisEditions } from "../support/redis-editions.ts";
import { ShippedRedis } from "../support/shipped-redis.ts";
import { Role } from "../support/system.ts";

const JOBS = 20;
const BATCHES = 3;
const ITEMS = 25;
const noOpenssl = !runTool(["openssl"], ["version"]).isGood && "there is no openssl";

describe("a restart of Redis with the users and the settings that we ship", () => {
  for (const { name, program } of redisEditions()) {
    const skip = noOpenssl || (program === undefined && `there is no ${name}`);
    it(`loses no job and no batch that waited, on ${name}`, { skip }, async () => {
      await using redis = await ShippedRedis.start(program ?? "");
      await using system = new Roles(redis);
      const gateway = await system.gateway();
      const ids = await Promise.all(Array.from({ length: JOBS }, async () => accepted(gateway)));
      const batches = new BatchClient(gateway);
      const items = Array.from({ length: ITEMS }, () => ({ input: { what: "fine" } }));
      const batchIds = await Promise.all(
        Array.from({ length: BATCHES }, async () => {
          const batch = await batchOf(await batches.json({ model: "moody", items }), 202);
          return batch.id;
        }),
      );
      await redis.allReady(JOBS + BATCHES * ITEMS);
      const before = await redis.lastingKeys();
      assert.ok(before > 3 * BATCHES, "packs, batches, and chunks with their items");

      await redis.restart();

      assert.equal(await redis.lastingKeys(), before);
      assert.doesNotMatch(redis.log, /CRITICAL|NOPERM/);
      await refusesStrangers(redis.port);
      await Promise.all([system.worker(), system.courier()]);
      for (const id of ids) {
        const { body } = await request(`${gateway}/v1/jobs/${id}?wait=60`);
        assert.equal(body.status, "succeeded", id);
      }
      assert.ok(![FORGETS, MAY_FORGET].some((warning) => system.log.includes(warning)));
      for (const id of batchIds) {
        const { status, outcome, counts } = await batches.ended(id);
        assert.deepEqual(
          [status, outcome, counts.succeeded],
          ["completed", "all_succeeded", ITEMS],
        );
      }
    });
  }
});

async function accepted(gateway: string): Promise<string> {
  const url = `${gateway}/v1/models/moody/jobs`;
  const { status, body } = await postJson(url, { input: { what: "fine" } }, "");
  assert.equal(status, 202);
  return body.id ?? "";
}

/** The default user may do everything and is off: who brings no name and password is nobody. */
async function refusesStrangers(port: number): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.end('PING\r\nAUTH default ""\r\nAUTH default guessed\r\nAUTH guessed\r\nQUIT\r\n');
  const replies = (await text(socket)).split("\r\n").map((reply) => reply.split(" ")[0]);
  assert.deepEqual(replies.slice(0, 4), ["-NOAUTH", "-WRONGPASS", "-WRONGPASS", "-WRONGPASS"]);
}

/** A gateway, a worker and a courier with the addresses of their Secrets. */
class Roles implements AsyncDisposable {
  readonly #redis: ShippedRedis;
  readonly #models = batchModels();
  readonly #roles: Role[] = [];

  constructor(redis: ShippedRedis) {
    this.#redis = redis;
  }

  async gateway(): Promise<string> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    // As an operator makes it, in a gateway's pod.
    await using connection = this.#redis.connect(this.#redis.urlOf("gateway"));
    useKey(url, await issueAdminKey(connection.redis));
    await this.#start("gateway", "gateway/main.ts", { PORT: String(port) });
    return url;
  }

  async worker(): Promise<void> {
    await this.#start("worker", "worker/main.ts", { WORKER_ROLE: "score", WORKER_SLOTS: "1" });
  }

  async courier(): Promise<void> {
    await this.#start("courier", "worker/main.ts", { WORKER_ROLE: "courier" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#roles.map(async (role) => role.end("SIGKILL")));
    rmSync(this.#models, { recursive: true });
  }

  /** Of all, what they wrote. */
  get log(): string {
    return this.#roles.map(({ log }) => log).join("");
  }

  async #start(
    name: "gateway" | "worker" | "courier",
    main: string,
    env: Readonly<Record<string, string>>,
  ): Promise<void> {
    const common = { REDIS_URL: this.#redis.urlOf(name), MODELS_DIR: this.#models };
    const role = new Role(name, main, { ...common, ...env });
    this.#roles.push(role);
    await role.ready();
  }
}
