import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import { eraseJob } from "../../shared/pack/erase.ts";
import { rewriteLog } from "../../shared/redis/log-rewrite.ts";
import { PackJobs, texts } from "../support/pack-jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const lane = { model: "m@1", class: "interactive" } as const;

describe("the append-only file of Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  let courier: Redis;
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
    courier = new Redis(server.urlOf("courier"));
  });
  after(() => courier.disconnect());
  after(async () => server[Symbol.asyncDispose]());

  const isInFile = (text: string): boolean =>
    filesIn(server.folder).some((content) => content.includes(text));

  it("is written anew without what was erased, once an hour at most", async () => {
    const jobs = new PackJobs(redis, lane);
    const ids = await jobs.accept(texts("secret-input", "kept-input"));
    await jobs.cancel(ids[0]);
    assert.equal(await rewriteLog(courier), "none", "nothing was erased");
    await eraseJob(redis, ids[0] ?? "", "default");
    await until("it is in the file", () => isInFile("secret-input"));
    assert.equal(await rewriteLog(courier), "asked");
    await until("it has gone", () => !isInFile("secret-input"));
    assert.ok(isInFile("kept-input"));
    await redis.set(keys.erased, "1");
    assert.equal(await rewriteLog(courier), "none", "within the hour");
    await redis.del(keys.rewritten);
    assert.equal(await rewriteLog(courier), "asked");
  });

  it("stays to be written anew when Redis refuses", async () => {
    await redis.set(keys.erased, "1");
    await redis.del(keys.rewritten);
    await redis.acl("SETUSER", "courier", "-bgrewriteaof");
    const rewrite = await rewriteLog(courier);
    assert.ok(typeof rewrite === "object");
    assert.match(rewrite.refused, /NOPERM/);
    assert.equal(await redis.exists(keys.erased), 1);
  });
});

/** Looked at again where Redis removed one of them meanwhile: a rewrite ends with that. */
function filesIn(folder: string): Buffer[] {
  for (;;) {
    try {
      return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
}
