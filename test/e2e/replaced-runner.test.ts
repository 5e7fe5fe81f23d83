import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packRows } from "../../shared/job/payload.ts";
import { testIds } from "../support/jobs.ts";
import { keys } from "../support/redis-keys.ts";
import { putPack } from "../support/raw-packs.ts";
import { hasJob, runsOf } from "../support/runs.ts";
import { Link } from "../support/link.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const lane = { model: "slow-text@1", class: "interactive" } as const;

/** The fixture without preload: its runners are free as soon as they have started. */
function modelsWithoutPreload(): string {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  const version = join(models, "slow-text", "1");
  cpSync("test/fixtures/models/slow-text/1", version, { recursive: true });
  const manifest = readFileSync(join(version, "manifest.json"), "utf8");
  const changed = manifest.replace('"preload": true', '"preload": false');
  assert.notEqual(changed, manifest);
  writeFileSync(join(version, "manifest.json"), changed);
  return models;
}

describe("a runner that is replaced before the end of its last job is recorded", () => {
  it("goes on with the next job, also when nothing else comes in", async () => {
    const models = modelsWithoutPreload();
    await using system = await System.bare({ MODELS_DIR: models, LOG_LEVEL: "debug" });
    // Late replies: the settle is under way while the new runner is already free.
    await using link = await Link.to(system.redis.port, 400);
    const redis = system.redis.client();
    // As after two workers that died with them: they run one at a time.
    const packs: string[] = [];
    for (const text of ["slow", "slow", "a"]) {
      const pack = await putPack(redis, lane, { payload: packRows([Buffer.from(text)]) });
      await redis.hset(keys.pack(pack), "dt", 2);
      packs.push(pack);
    }
    const [crashing = "", surviving = ""] = packs.map((pack) => testIds.jobId(pack, 0, "default"));

    const env = { REDIS_URL: system.redis.urlOf("worker", link.port), WORKER_SLOTS: "1" };
    const worker = await system.worker({ env });
    const runners = (job: string): number[] =>
      runsOf(worker).flatMap((run) => (hasJob(run, job) ? [run.runner] : []));
    // Each is taken when the one before has ended; its settle is under way when the new runner is free.
    const deaths = [
      [crashing, 1],
      [crashing, 2],
      [surviving, 1],
    ] as const;
    for (const [job, run] of deaths) {
      await until(`run ${run} of ${job}`, () => runners(job).length === run);
      const runner = runners(job).at(-1);
      assert.ok(runner !== undefined);
      process.kill(runner, "SIGKILL");
    }
    await until("all have ended", async () => (await redis.zcard(keys.outstanding(lane))) === 0);
    const ends = await Promise.all(packs.map(async (pack) => redis.hget(keys.pack(pack), "s")));
    assert.deepEqual(ends, ["F", "S", "S"]);
    rmSync(models, { recursive: true });
  });
});
