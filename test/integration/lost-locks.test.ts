import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { packDispatches } from "../../shared/job/accept.ts";
import { createLogger } from "../../shared/log.ts";
import { Consumer, type DispatchEnd } from "../../shared/dispatch/consumer.ts";
import { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import { StallWatch } from "../../shared/dispatch/stalls.ts";
import { laneName } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { connectForLoops } from "../../shared/redis/connection.ts";
import { newJob } from "../support/jobs.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane = { model: "m@1", class: "interactive" } as const;
const logger = createLogger("worker", "silent");

describe("a dispatch whose lock ran out, with the worker that still has it", () => {
  let server: TestRedis;
  before(async () => {
    server = await TestRedis.start();
  });
  after(async () => server[Symbol.asyncDispose]());

  it("is taken up again only when its first run has ended", async (t) => {
    const redis = server.client();
    const loops = connectForLoops({ url: server.url, logger, name: "worker" });
    await loops.connect();
    const first = Promise.withResolvers<DispatchEnd>();
    let runs = 0;
    const consumer = new Consumer({
      redis: loops,
      lane,
      rowsMax: 100,
      lockMs: 1000,
      logger,
      handle: async () => {
        runs += 1;
        return runs === 1 ? first.promise : "done";
      },
    });
    let stalls = 0;
    const watch = new StallWatch(loops, 500, logger, () => (stalls += 1));
    t.after(async () => {
      first.resolve("done");
      await watch.close();
      await consumer.stop(AbortSignal.timeout(5000));
      loops.disconnect();
    });
    await redis.sadd(keys.lanes, laneName(lane));
    await Promise.all([consumer.start(), watch.watchAll()]);
    const [dispatch] = packDispatches(lane, [newJob(lane)], 8);
    assert.ok(dispatch !== undefined && "jobs" in dispatch);
    await new DispatchQueue(redis).add(dispatch);
    await until("it runs", () => runs === 1);
    const place = `${keys.bullPrefix}:${laneName(lane)}:${dispatch.jobs[0]}`;
    await until("it has stalled", async () => {
      if (stalls === 0) await redis.del(`${place}:lock`);
      return stalls > 0;
    });
    // Active once more, under a lock of its own.
    await until("it is back", async () => (await redis.exists(`${place}:lock`)) === 1);
    assert.equal(runs, 1);
    first.resolve("done");
    await until("it is gone", async () => (await redis.exists(place)) === 0, 20_000);
    assert.ok(runs > 1, "it was looked at again");
  });
});
