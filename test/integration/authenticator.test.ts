import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AccessTokens } from "../../gateway/access/access-tokens.ts";
import { Authenticator } from "../../gateway/access/authenticator.ts";
import { systemClock } from "../../shared/clock.ts";
import { createLogger } from "../../shared/log.ts";
import { openAccessKeys } from "../../shared/access/access-keys.ts";
import { issueKey, openSigningKeys } from "../support/keys.ts";
import { TestRedis } from "../support/redis.ts";

const MANY = 100;

describe("the authenticator", () => {
  let server: TestRedis;
  before(async () => {
    server = await TestRedis.start();
  });
  after(async () => server[Symbol.asyncDispose]());

  it("has Redis asked for no more than a few of many wrong secrets of one key", async () => {
    const redis = server.client();
    const { key, tokens } = await issueKey(redis);
    const keys = await openAccessKeys(redis);
    const logger = createLogger("gateway", "silent");
    const accessTokens = new AccessTokens(await openSigningKeys(redis), systemClock);
    const known = { keys, accessTokens, users: undefined };
    const authenticator = new Authenticator({ ...known, clock: systemClock, logger });
    const reads = async (): Promise<number> =>
      Number(/cmdstat_hgetall:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? 0);
    await authenticator.identify(`Bearer ${tokens.primary}`);
    const earlier = await reads();
    const wrong = `Bearer ${tokens.primary.slice(0, -64)}${"0".repeat(64)}`;
    const all = Array.from({ length: MANY }, async () => authenticator.identify(wrong));
    for (const one of await Promise.allSettled(all)) {
      assert.ok(one.status === "rejected");
      assert.match(String(one.reason), /unknown or was revoked/);
    }
    assert.ok((await reads()) - earlier <= 3);
    const caller = await authenticator.identify(`Bearer ${tokens.secondary}`);
    assert.equal(caller.keyId, key.id);
  });
});
