import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readDataSet } from "../../shared/redis/data-set.ts";
import { atTime } from "../../shared/redis/script.ts";
import { SigningKeys } from "../../shared/access/signing-keys.ts";
import { IdFactory } from "../../shared/id.ts";
import { TestRedis } from "../support/redis.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("the keys that sign access tokens", () => {
  let server: TestRedis;
  before(async () => {
    server = await TestRedis.start();
  });
  after(async () => server[Symbol.asyncDispose]());

  it("are replaced each month, told before they sign, and kept until their tokens have ended", async () => {
    const redis = server.client();
    let nowMs = 1_790_000_000_000;
    const ids = new IdFactory((await readDataSet(redis)).secret);
    const keys = new SigningKeys(
      atTime(redis, () => nowMs),
      ids,
    );
    const signer = async (): Promise<string> => (await keys.signer(nowMs)).id;
    const told = async (): Promise<readonly string[]> => (await keys.read()).map(({ id }) => id);

    const first = await signer();
    assert.ok(keys.isOurs(first));
    nowMs += 29 * DAY_MS;
    assert.equal(await signer(), first);
    assert.deepEqual(await told(), [first]);

    nowMs += 2 * DAY_MS;
    assert.equal(await signer(), first, "the new one is only told");
    const [second = ""] = await told();
    assert.notEqual(second, first);
    nowMs += HOUR_MS;
    assert.equal(await signer(), second);
    nowMs += DAY_MS;
    assert.equal(await signer(), second);
    assert.deepEqual(await told(), [second, first], "there may be tokens of the first");
    nowMs += HOUR_MS;
    assert.equal(await signer(), second);
    assert.deepEqual(await told(), [second]);
  });
});
