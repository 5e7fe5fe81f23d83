import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import { keys } from "../support/redis-keys.ts";
import { postJson, repositoryFile, request } from "../support/client.ts";
import { cli } from "../support/cli.ts";
import type { RedisUser } from "../support/redis.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const lane = { model: "slow-text@1", class: "interactive" } as const;

/** By user: what it must not do. */
const REFUSED: Readonly<Record<RedisUser, readonly (readonly [string, ...string[]])[]>> = {
  keda: [
    ["GET", keys.load(lane)],
    ["LRANGE", keys.load(lane), "0", "-1"],
    ["RPUSH", keys.load(lane), "1"],
    ["DEL", keys.load(lane)],
    ["LLEN", keys.outstanding(lane)],
    ["ZCARD", keys.outstanding(lane)],
    ["TYPE", keys.idSecret],
    ["EVAL", "return redis.call('GET', KEYS[1])", "1", keys.idSecret],
    ["EVAL", "return redis.call('LPOP', KEYS[1])", "1", keys.load(lane)],
    ["SUBSCRIBE", keys.settled("x")],
    ["INFO"],
    ["SCAN", "0"],
  ],
  worker: [
    ["GET", keys.idSecret],
    ["HGETALL", keys.accessKey("x")],
    ["ZRANGE", keys.accessKeys, "0", "-1"],
    ["ZRANGE", keys.jobs("default"), "0", "-1"],
    ["SUBSCRIBE", "another"],
    ["PSUBSCRIBE", "*"],
  ],
  courier: [
    ["GET", keys.idSecret],
    ["HSET", keys.accessKey("x"), "n", "mine"],
    ["ZADD", keys.adminKeys, "1", "x"],
    ["SUBSCRIBE", keys.settled("x")],
  ],
  gateway: [
    ["SUBSCRIBE", "another"],
    ["PSUBSCRIBE", "*"],
  ],
};

/** What nobody of ours may do. */
const DANGEROUS: readonly (readonly [string, ...string[]])[] = [
  ["GET", "somebody-elses"],
  ["SET", "somebody-elses", "1"],
  ["EVAL", "return redis.call('GET', 'somebody-elses')", "0"],
  ["FLUSHALL"],
  ["FLUSHDB"],
  ["KEYS", "*"],
  ["SCAN", "0"],
  ["SORT", keys.load(lane)],
  ["CONFIG", "GET", "*"],
  ["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"],
  ["ACL", "LIST"],
  ["ACL", "GETUSER", "default"],
  ["ACL", "SETUSER", "default", "on"],
  ["ACL", "LOG"],
  ["CLIENT", "LIST"],
  ["CLIENT", "KILL", "TYPE", "normal"],
  ["MONITOR"],
  ["SCRIPT", "FLUSH"],
  ["SHUTDOWN", "NOSAVE"],
  ["REPLICAOF", "NO", "ONE"],
  ["MODULE", "LIST"],
];

describe("the users of Redis that a cluster has", () => {
  let system: System & { url: string };

  before(async () => {
    system = await System.start({
      MODELS_DIR: "test/fixtures/models",
    });
  });
  after(async () => system[Symbol.asyncDispose]());

  it("may do all that a job's life needs, the healing after a killed worker included", async () => {
    const url = `${system.url}/v1/models/slow-text/jobs`;
    const { body } = await postJson(url, { input: { text: "slow" } }, "");
    const job = new URL(`/v1/jobs/${body.id}`, system.url).href;
    const worker = system.roles.find(({ name }) => name === "worker");
    await until("the job runs", async () => (await request(job)).body.status === "running");
    await Promise.all([worker?.end("SIGKILL"), system.worker()]);
    const ended = await request(job, { headers: { prefer: "wait=60" } });
    assert.deepEqual([ended.body.status, ended.body.attempt], ["succeeded", 2]);
    assert.deepEqual(await system.redis.refusals(), []);
  });

  it("lets the gateway's make access keys, as an operator does in its pod", async () => {
    const args = ["keys", "create", "first", "--scopes", "admin", "--direct", "--json"];
    const { code, out, err } = await cli(args, { REDIS_URL: system.redis.urlOf("gateway") });
    assert.equal(code, 0, err);
    assert.match(out, /"sk_/);
  });

  it("let KEDA read the length of a load list, there or gone, as its scaler does", async () => {
    await using redis = connectAs("keda");
    const script = "return { redis.call('TYPE', KEYS[1]).ok, redis.call('LLEN', KEYS[1]) }";
    assert.deepEqual(await redis.client.call("EVAL", script, "1", keys.load(lane)), ["none", 0]);
    await system.redis.client().rpush(keys.load(lane), "1", "1");
    assert.deepEqual(await redis.client.call("EVAL", script, "1", keys.load(lane)), ["list", 2]);
    await system.redis.client().del(keys.load(lane));
  });

  for (const [user, commands] of Object.entries(REFUSED)) {
    it(`refuse ${user} the rest`, async () => {
      await using redis = connectAs(user);
      for (const [command, ...args] of [...commands, ...DANGEROUS]) {
        const done = redis.client.call(command, ...args);
        await assert.rejects(
          done,
          /NOPERM|ACL|can't (?:run|access)/,
          `${user}: ${command} ${args.join(" ")}`,
        );
      }
      await system.redis.client().call("ACL", "LOG", "RESET");
    });
  }

  function connectAs(user: string): AsyncDisposable & { readonly client: Redis } {
    const known = (["keda", "gateway", "worker", "courier"] as const).find((name) => name === user);
    assert.ok(known !== undefined);
    const client = new Redis(system.redis.urlOf(known), { enableReadyCheck: false });
    return {
      client,
      [Symbol.asyncDispose]: async () => Promise.resolve(client.disconnect()),
    };
  }
});

describe("the default user", () => {
  it("is off and has no password, but may do everything, as Redis does when it starts", () => {
    const users = repositoryFile("k8s/users.acl").toString().trimEnd();
    assert.equal(users.split("\n").at(-1), "user default off resetpass ~* &* +@all");
  });
});
