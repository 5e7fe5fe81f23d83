import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  FORGETS,
  MAY_FORGET,
  readLogReplay,
  type LogReplay,
} from "../../shared/redis/log-replay.ts";
import { keys } from "../support/redis-keys.ts";
import { cli } from "../support/cli.ts";
import { runTool } from "../support/cluster-tools.ts";
import { freePort } from "../support/redis.ts";
import { redisEditions } from "../support/redis-editions.ts";
import { ShippedRedis } from "../support/shipped-redis.ts";
import { Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const noOpenssl = !runTool(["openssl"], ["version"]).isGood && "there is no openssl";
const SCRIPT = "redis.call('HSET', KEYS[1], 's', 'q') redis.call('ZADD', KEYS[2], 1, 'x')";
const KEYS = [keys.job("any"), keys.due];

const SHIPPED = "off resetpass ~* &* +@all";
const HARMFUL = "off resetkeys resetchannels -@all";

/** By rights of a default user: what a role is told. */
const TOLD: Readonly<Record<string, LogReplay>> = {
  [SHIPPED]: "kept",
  [HARMFUL]: "forgotten",
  "off ~* &* +@all -zadd": "forgotten",
  "off ~others:* &* +@all": "forgotten",
  "off ~* resetchannels +@all -eval -exec": "kept",
};

const withDefault =
  (rights: string) =>
  (users: string): string =>
    users.replace(/^user default .*$/m, `user default ${rights}`);
const withoutDryRun = (users: string): string => users.replaceAll(" +acl|dryrun", "");

describe("whether a restart of Redis forgets what scripts wrote", { skip: noOpenssl }, () => {
  for (const [rights, expected] of Object.entries(TOLD)) {
    it(`is known before by a role's user: ${expected} with "${rights}"`, async () => {
      const { told, isKept } = await restarted("redis-server", withDefault(rights));
      assert.equal(told, expected);
      assert.ok(isKept || told === "forgotten");
    });
  }

  for (const { name, program = "" } of redisEditions()) {
    const skip = program === "" && `there is no ${name}`;
    it(`is never denied where it is so, on ${name}`, { skip }, async (t) => {
      const { told, isKept } = await restarted(program, withDefault(HARMFUL));
      t.diagnostic(`told ${told}, then ${isKept ? "kept" : "forgotten"}`);
      assert.ok(isKept || told === "forgotten");
    });
  }

  it("is unknown to who may not ask", async () => {
    const { told } = await restarted("redis-server", withoutDryRun);
    assert.equal(told, "unknown");
  });
});

describe("a Redis that will forget what scripts wrote", { skip: noOpenssl }, () => {
  for (const role of ["gateway", "worker", "courier"] as const) {
    it(`is a fault in the log of the ${role}`, async () => {
      await using redis = await ShippedRedis.start("redis-server", withDefault(HARMFUL));
      await logs(role, redis, { level: 50, msg: FORGETS });
    });
  }

  it("may be one that nobody may ask, and then is told of too", async () => {
    await using redis = await ShippedRedis.start("redis-server", withoutDryRun);
    await logs("courier", redis, { level: 40, msg: MAY_FORGET });
  });

  it("is bad for the doctor", async () => {
    await using redis = await ShippedRedis.start("redis-server", withDefault(HARMFUL));
    const env = { PORT: String(await freePort()), REDIS_URL: redis.urlOf("gateway") };
    const { code, out } = await cli(["doctor"], env);
    assert.equal(code, 1);
    assert.ok(out.includes(`bad   redis   ${FORGETS}\n`), out);
  });
});

/** Writes as a gateway, asks, and restarts. */
async function restarted(
  program: string,
  changed: (users: string) => string,
): Promise<{ readonly told: LogReplay; readonly isKept: boolean }> {
  await using redis = await ShippedRedis.start(program, changed);
  const told = await wrote(redis);
  await redis.restart();
  return { told, isKept: (await redis.lastingKeys()) === KEYS.length };
}

/** Writes as a gateway. @returns what it is told of a restart */
async function wrote(redis: ShippedRedis): Promise<LogReplay> {
  await using connection = redis.connect(redis.urlOf("gateway"));
  await connection.redis.eval(SCRIPT, KEYS.length, ...KEYS);
  return readLogReplay(connection.redis, await connection.redis.info());
}

/** Starts a role, and waits for a line of its log. */
async function logs(
  name: "gateway" | "worker" | "courier",
  redis: ShippedRedis,
  { level, msg }: { readonly level: number; readonly msg: string },
): Promise<void> {
  const main = name === "gateway" ? "gateway/main.ts" : "worker/main.ts";
  const env = {
    REDIS_URL: redis.urlOf(name),
    WORKER_ROLE: name === "courier" ? "courier" : "score",
    MODELS_DIR: "test/fixtures/models",
    PORT: String(await freePort()),
  };
  const role = new Role(name, main, env);
  try {
    await until(`the ${name} says so`, () => {
      const line = role.log.split("\n").find((entry) => entry.includes(`"msg":"${msg}"`));
      if (line === undefined && role.hasExited) throw new Error(role.log);
      return line?.includes(`"level":${level}`) === true;
    });
  } finally {
    await role.end("SIGKILL");
  }
}
