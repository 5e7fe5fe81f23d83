import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Redis } from "ioredis";
import {
  createKey,
  markUsed,
  revokeKey,
  setSeal,
  setSecret,
} from "../../shared/access/access-keys.ts";
import { rotate } from "../../shared/access/signing-keys.ts";
import { readDataSet } from "../../shared/redis/data-set.ts";
import { keys } from "../support/redis-keys.ts";
import { atTime } from "../../shared/redis/script.ts";
import { anyKey } from "../support/keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

describe("a script of access keys that is run twice with the same arguments", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  it("key-create", async () => {
    const key = anyKey();
    await runTwice(redis, async () => createKey(redis, key));
    assert.equal(await createKey(redis, { ...key, tenant: "another" }), false);
  });

  it("data-set", async () => {
    const [secret, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    await runTwice(redis, async () => readDataSet(atTime(redis, 2000), secret));
    const begun = { secret, bornMs: 2000, accessKeys: 0 };
    assert.deepEqual(await readDataSet(atTime(redis, 3000), other), begun);
    // As an installation has it that is older than this key.
    await redis.del(keys.born);
    assert.deepEqual(await readDataSet(redis, other), { ...begun, bornMs: 0 });
  });

  it("key-regenerate", async () => {
    const key = anyKey();
    await createKey(redis, key);
    await runTwice(redis, async () => setSecret(redis, key.id, "secondary", "another"));
    assert.equal(await setSecret(redis, "key_none", "primary", "another"), false);
    assert.equal(await redis.exists(keys.accessKey("key_none")), 0);
  });

  it("key-revoke", async () => {
    const [key, other] = [anyKey(), anyKey()];
    for (const one of [key, other]) await createKey(redis, one);
    const revoke = async (): Promise<string> => revokeKey(redis, key.id);
    await runTwice(redis, revoke);
    assert.equal(await revoke(), "missing");
    assert.equal(await revokeKey(redis, other.id), "last_admin");
  });

  it("signing-keys", async () => {
    const ids = ["sig_a", "sig_b"] as const;
    await runTwice(redis, async () => rotate(atTime(redis, 2000), ids[0]));
    const month = 31 * 86_400_000;
    await runTwice(redis, async () => rotate(atTime(redis, month), ids[1]));
    assert.deepEqual((await redis.hkeys(keys.signingKeys)).toSorted(), ids);
    await runTwice(redis, async () => rotate(atTime(redis, month + 2 * 86_400_000), "sig_c"));
    assert.deepEqual(await redis.hkeys(keys.signingKeys), [ids[1]]);
  });

  it("key-seal", async () => {
    const key = anyKey();
    await createKey(redis, key);
    await runTwice(redis, async () => setSeal(redis, key.id, "primary", "one"));
    assert.equal(await setSeal(redis, key.id, "secondary", "one"), false, "it is the other's");
    await setSecret(redis, key.id, "primary", "another");
    assert.equal(await setSeal(redis, key.id, "primary", "one"), false);
    assert.equal(await setSeal(redis, "key_none", "primary", "one"), false);
    assert.equal(await redis.exists(keys.accessKey("key_none")), 0);
  });

  it("key-used", async () => {
    const key = anyKey();
    await createKey(redis, key);
    await runTwice(redis, async () => markUsed(atTime(redis, 2000), key.id));
    await markUsed(atTime(redis, 1500), key.id);
    assert.equal(await redis.hget(keys.accessKey(key.id), "ua"), "2000");
    await markUsed(redis, "key_none");
    assert.equal(await redis.exists(keys.accessKey("key_none")), 0);
  });
});
