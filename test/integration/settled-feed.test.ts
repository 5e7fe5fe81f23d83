import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import { createLogger } from "../../shared/log.ts";
import { SettledFeed } from "../../shared/pack/settled-feed.ts";
import { Link } from "../support/link.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const GATEWAY = "g1";

describe("a feed whose own connection falls silent", () => {
  let server: TestRedis;
  let link: Link;
  before(async () => {
    server = await TestRedis.start();
    link = await Link.to(server.port);
  });
  after(async () => {
    await link[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it("connects anew, says that anything may have been missed, and hears again", async () => {
    const requests = server.client();
    const through = new URL(server.url);
    through.port = String(link.port);
    const subscriber = new Redis(through.href, { retryStrategy: () => 50 });
    const heard: string[] = [];
    const feed = new SettledFeed({
      subscriber,
      requests,
      gateway: GATEWAY,
      logger: createLogger("gateway", "silent"),
      listener: {
        onEnded() {},
        onChanged: (pack) => void heard.push(pack),
        onSettled() {},
        onReconnected: () => void heard.push("reconnected"),
      },
    });
    try {
      await feed.start();
      const say = async (pack: string): Promise<unknown> =>
        requests.publish(keys.settled(GATEWAY), `r ${pack}`);
      await say("before");
      await until("it hears", () => heard.includes("before"));
      const earlier = heard.length;
      assert.ok(link.fallSilent() > 0);
      await say("missed");
      await until("it has connected anew", () => heard.indexOf("reconnected", earlier) >= 0);
      await until("it hears again", async () => {
        await say("after");
        return heard.includes("after");
      });
      assert.ok(!heard.includes("missed"));
    } finally {
      await feed.stop();
      subscriber.disconnect();
    }
  });
});
