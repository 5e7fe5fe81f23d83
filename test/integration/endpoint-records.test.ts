import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Redis } from "ioredis";
import { EndpointView } from "../../gateway/routing/endpoint-view.ts";
import { definitionSchema, type Definition } from "../../shared/endpoint/definition.ts";
import {
  ENDPOINTS_MAX,
  putEndpoint,
  readEndpoints,
  type Endpoint,
  type EndpointPut,
} from "../../shared/endpoint/endpoints.ts";
import { createLogger } from "../../shared/log.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { runTwice } from "../support/run-twice.ts";

const logger = createLogger("gateway", "silent");
/** Promised to who changes one. */
const TOLD_MS = 2000;
let tokens = 0;

function definitionOf(share: number): Definition {
  const variants = [
    { name: "blue", model: "m@1" },
    { name: "green", model: "m@2", share },
  ];
  return definitionSchema.parse({ variants });
}

describe("the records of endpoints", () => {
  let server: TestRedis;
  let redis: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
  });
  after(async () => server[Symbol.asyncDispose]());
  beforeEach(async () => redis.flushall());

  const put = (more: Partial<EndpointPut>): EndpointPut => {
    tokens += 1;
    const token = `t${tokens}`;
    return {
      name: "faq",
      before: undefined,
      definition: definitionOf(10),
      nowMs: 1,
      token,
      ...more,
    };
  };
  const read = async (): Promise<Endpoint | undefined> =>
    (await readEndpoints(redis, () => assert.fail("is faulty"))).get("faq");

  it("change once when a change is sent twice", async () => {
    const made = put({});
    await runTwice(redis, async () => putEndpoint(redis, made));
    const first = await read();
    const changed = put({ before: first, definition: definitionOf(20) });
    await runTwice(redis, async () => putEndpoint(redis, changed));
    const second = await read();
    assert.equal(second?.revision, 2);
    assert.equal(second.createdAtMs, first?.createdAtMs);
    assert.deepEqual(
      second.history.map(({ revision, variants }) => [revision, variants[1]?.share]),
      [[1, 10]],
    );
    const gone = put({ before: second, definition: undefined });
    await runTwice(redis, async () => putEndpoint(redis, gone));
    assert.equal(await read(), undefined);
  });

  it("do not change when they are others by now than was seen", async () => {
    await putEndpoint(redis, put({}));
    const seen = await read();
    assert.equal(await putEndpoint(redis, put({})), "changed");
    assert.equal(
      await putEndpoint(redis, put({ before: seen, definition: definitionOf(20) })),
      "done",
    );
    assert.equal(await putEndpoint(redis, put({ before: seen, definition: undefined })), "changed");
    await putEndpoint(redis, put({ before: await read(), definition: undefined }));
    assert.equal(await putEndpoint(redis, put({ before: seen })), "changed");
    await putEndpoint(redis, put({}));
    const again = await read();
    assert.ok(
      again !== undefined && again.revision > (seen?.revision ?? 0),
      "no revision comes again",
    );
  });

  it("are a thousand at most", async () => {
    const text = await (async () => {
      await putEndpoint(redis, put({}));
      return redis.hget(keys.endpoints, "faq");
    })();
    const others = Array.from({ length: ENDPOINTS_MAX - 1 }, (_, i) => [`e${i}`, text ?? ""]);
    await redis.hset(keys.endpoints, Object.fromEntries(others));
    assert.equal(await putEndpoint(redis, put({ name: "new" })), "full");
    const seen = await read();
    assert.equal(
      await putEndpoint(redis, put({ before: seen, definition: definitionOf(20) })),
      "done",
    );
  });

  it("are skipped, and told of, where they are of a form that this release does not know", async () => {
    await putEndpoint(redis, put({}));
    await redis.hset(keys.endpoints, "later", "7 t 1 1 {}");
    const faulty: string[] = [];
    const all = await readEndpoints(redis, (name) => faulty.push(name));
    assert.deepEqual([[...all.keys()], faulty], [["faq"], ["later"]]);
  });

  it("are known to every gateway at its next look, 2 s after a change at the latest", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const view = new EndpointView(redis, logger);
    await view.start();
    await putEndpoint(redis, put({}));
    assert.equal(view.find("faq"), undefined, "nobody has told it");
    t.mock.timers.tick(TOLD_MS);
    await view.stop(); // when it has looked
    assert.equal(view.find("faq")?.revision, 1);
  });

  it("stand as they were last seen while Redis is away", async () => {
    await using own = await TestRedis.start();
    const client = new Redis(own.url, { retryStrategy: () => null });
    client.on("error", () => {});
    await putEndpoint(client, put({}));
    const view = new EndpointView(client, logger);
    await view.start();
    assert.equal(view.find("faq")?.revision, 1);
    await own.kill();
    await assert.rejects(view.refresh());
    assert.equal(view.find("faq")?.revision, 1);
    await view.stop();
  });
});
