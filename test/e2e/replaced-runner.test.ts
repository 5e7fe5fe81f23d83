import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { accept, packDispatches } from "../../shared/job/accept.ts";
import { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import { keys } from "../support/redis-keys.ts";
import { newJob, quota } from "../support/jobs.ts";
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
    const jobs = ["slow", "slow", "a"].map((text) => newJob(lane, text));
    const [crashing, surviving] = jobs;
    const dispatches = packDispatches(lane, jobs, 8);
    const [dispatch] = dispatches;
    assert.ok(crashing !== undefined && surviving !== undefined && dispatch !== undefined);
    await accept(redis, {
      lane,
      jobs,
      dispatches,
      quota: quota({ laneJobs: 9 }),
    });
    await new DispatchQueue(redis).add(dispatch);
    // As after two workers that died with it: its jobs run one at a time.
    await redis.hset(`${keys.bullPrefix}:slow-text@1.interactive:${crashing.id}`, "stc", "2");

    const env = { REDIS_URL: system.redis.urlOf("worker", link.port), WORKER_SLOTS: "1" };
    const worker = await system.worker({ env });
    const runners = (job: string): number[] =>
      runsOf(worker).flatMap((run) => (hasJob(run, job) ? [run.runner] : []));
    // A job whose runner died goes to the end of the line: both die once, then the first again, and
    // its settle is under way when the new runner looks for the second.
    const deaths = [
      [crashing.id, 1],
      [surviving.id, 1],
      [crashing.id, 2],
    ] as const;
    for (const [job, run] of deaths) {
      await until(`run ${run} of ${job}`, () => runners(job).length === run);
      process.kill(runners(job).at(-1) ?? -1, "SIGKILL");
    }
    await until("all have ended", async () => (await redis.zcard(keys.outstanding(lane))) === 0);
    const ends = await Promise.all(jobs.map(async ({ id }) => redis.hget(keys.job(id), "s")));
    assert.deepEqual(ends, ["failed", "succeeded", "succeeded"]);
    rmSync(models, { recursive: true });
  });
});
