import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { createLogger } from "../../shared/log.ts";
import { ConnectionGroup } from "../../shared/redis/connection-group.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

/** As Redis 6.2 tells it of a script; 7 begins with the word. */
const WRAPPED =
  "ERR Error running script (call to f_1): @user_script:1: -READONLY You can not write";
const ONCE = `if redis.call('INCR', KEYS[1]) > 1 then return 'ok' end return redis.error_reply('${WRAPPED}')`;

describe("a connection that hears READONLY from within a script", () => {
  let server: TestRedis;
  before(async () => (server = await TestRedis.start()));
  after(async () => server[Symbol.asyncDispose]());

  it("sends the command again once it has connected anew, and takes all of its group along", async () => {
    const group = new ConnectionGroup(createLogger("worker", "silent"));
    const [writer, listener] = [group.connect(server.url, {}), group.connect(server.url, {})];
    try {
      const idOf = async (redis: Redis): Promise<number> => redis.client("ID");
      const earlier = [await idOf(writer), await idOf(listener)];
      assert.equal(await writer.eval(ONCE, 1, "times"), "ok");
      assert.notEqual(await idOf(writer), earlier[0]);
      await until("the other has left, too", async () => (await idOf(listener)) !== earlier[1]);
    } finally {
      writer.disconnect();
      listener.disconnect();
    }
  });
});
