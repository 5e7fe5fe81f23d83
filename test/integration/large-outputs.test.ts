import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { jobJson } from "../../gateway/jobs/job-json.ts";
import { withOutput } from "../../gateway/jobs/large-output.ts";
import { packOf } from "../../shared/id.ts";
import { OUTPUT_HOLE } from "../../shared/job/job-text.ts";
import { listJobs } from "../../shared/pack/list.ts";
import { JobReader, readJobs } from "../../shared/pack/read.ts";
import { infoField } from "../../shared/redis/info.ts";
import { PackDesk } from "../support/pack-desk.ts";
import { PackJobs, texts } from "../support/pack-jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { TestRedis } from "../support/redis.ts";

const lane = { model: "m@1", class: "interactive" } as const;
const MIB = 1024 * 1024;
const BODY = JSON.stringify("x".repeat(8 * MIB));
const TENANT = "default";

describe("large outputs", () => {
  let server: TestRedis;
  let redis: Redis;
  let jobs: PackJobs;
  let ids: readonly string[];
  before(async () => {
    server = await TestRedis.start();
    redis = server.client();
    jobs = new PackJobs(redis, lane);
    ids = await jobs.accept(texts("a", "b", "c", "d"));
    const desk = new PackDesk(redis, lane);
    const [pack = ""] = await desk.take();
    const large = { status: "succeeded", body: BODY, metrics: undefined } as const;
    await desk.settle(pack, [large, large, large, { ...large, body: '"small"' }]);
  });
  after(async () => server[Symbol.asyncDispose]());

  /** Bytes that Redis has sent. */
  const sentBytes = async (): Promise<number> =>
    Number(infoField(await redis.info("stats"), "total_net_output_bytes"));
  const costOf = async (run: () => Promise<unknown>): Promise<number> => {
    const earlier = await sentBytes();
    await run();
    return (await sentBytes()) - earlier;
  };

  it("are not read for a list, and neither are small ones", async () => {
    const cost = await costOf(async () => {
      const window = { after: undefined, createdAfterMs: undefined, createdBeforeMs: undefined };
      const listed = await listJobs(redis, TENANT, { ...window, count: 100 });
      const asked = listed.map(({ id }) => ({ id, tenant: TENANT, mode: "list" as const }));
      const found = await readJobs(redis, "", asked);
      assert.deepEqual(
        found.map((job) => typeof job === "object" && job.output),
        [undefined, undefined, undefined, undefined],
      );
    });
    assert.ok(cost < 20_000, `${cost} bytes`);
  });

  it("are read in pieces, and no further than they are taken", async () => {
    const reader = new JobReader(redis, "", () => false);
    const job = await jobs.read(ids[1]);
    const { body, headers } = withOutput(OUTPUT_HOLE, job, reader);
    assert.ok(body instanceof ReadableStream);
    assert.equal(headers["content-length"], String(BODY.length));
    const pieces = body.getReader();
    const cost = await costOf(async () => {
      assert.ok(((await pieces.read()).value?.length ?? 0) <= MIB);
    });
    assert.ok(cost < 3 * MIB, `${cost} bytes`);
    await pieces.cancel();
  });

  it("stand in the job's JSON as if they had been there", async () => {
    const reader = new JobReader(redis, "", () => false);
    const job = await jobs.read(ids[2]);
    const text = jobJson(job, { fillsHole: true });
    const { body, headers } = withOutput(text, job, reader);
    const whole = await new Response(body).text();
    assert.equal(headers["content-length"], String(Buffer.byteLength(whole)));
    assert.equal(whole, jobJson({ ...job, output: BODY, largeOutput: undefined }));
    assert.equal(typeof JSON.parse(jobJson(job)), "object", "without a reader it is left out");
  });

  it("break off when they are erased meanwhile", async () => {
    const reader = new JobReader(redis, "", () => false);
    const job = await jobs.read(ids[0]);
    const { body } = withOutput(OUTPUT_HOLE, job, reader);
    await redis.del(`${keys.pack(packOf(job.id))}:out0`);
    await assert.rejects(new Response(body).text(), { code: "gone_expired" });
  });
});
