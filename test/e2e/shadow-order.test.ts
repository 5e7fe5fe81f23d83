import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { it } from "node:test";
import { SHADOW_QUOTA } from "../../gateway/jobs/shadows.ts";
import { packFields } from "../../shared/pack/record.ts";
import { postJson } from "../support/client.ts";
import { EndpointClient } from "../support/endpoints.ts";
import { scrape, sumOf } from "../support/metrics.ts";
import { pacedModel } from "../support/models.ts";
import { keys } from "../support/redis-keys.ts";
import { statesOf } from "../support/shadows.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const CLIENTS = 16;
/** More than may wait in a lane of shadows. */
const MORE = 20;
/** Of a run: all of them together take longer than a worker needs to find out that there are shadows. */
const RUN_MS = 3;

it("shadows begin when no other work waits, and beyond their cap they are dropped, never live jobs", async () => {
  const models = pacedModel({ batching: { max_batch_size: 1, max_queue_delay_ms: 0 } });
  await using system = await System.bare({ MODELS_DIR: models, WORKER_SLOTS: "1" });
  const { url } = await system.gateway();
  await new EndpointClient(url).put("tried", {
    variants: [{ name: "live", model: "paced@1" }],
    shadows: [{ name: "next", model: "paced@1" }],
  });
  const left = { jobs: SHADOW_QUOTA.laneJobs + MORE };
  const send = async (): Promise<void> => {
    while (left.jobs > 0) {
      const priority = left.jobs % 2 === 0 ? "bulk" : "interactive";
      left.jobs -= 1;
      const job = { input: { ms: RUN_MS }, priority };
      const { status } = await postJson(`${url}/v1/models/tried/jobs`, job, "respond-async");
      assert.equal(status, 202);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, send));
  const dropped = async (): Promise<number> =>
    sumOf(await scrape(url), "scoreline_shadow_jobs_total", { outcome: "dropped" });
  await until("all of them were counted", async () => (await dropped()) === MORE);

  await system.worker();
  const redis = system.redis.client();
  await until(
    "all have ended",
    async () => {
      const { live, shadow } = await statesOf(redis);
      return !`${live}${shadow}`.includes("W");
    },
    600_000,
  );
  const began = { live: [] as number[], shadow: [] as number[] };
  const { lane, startedAtMs } = packFields.letters;
  for (const key of await redis.keys(keys.pack("*"))) {
    const [name, started] = await redis.hmget(key, lane, startedAtMs);
    // One that has waited for too long was never begun.
    if (started === null) continue;
    began[name?.endsWith(".shadow") === true ? "shadow" : "live"].push(Number(started));
  }
  assert.equal(began.live.length, SHADOW_QUOTA.laneJobs + MORE);
  assert.ok(began.shadow.length > 0);
  assert.ok(Math.min(...began.shadow) >= Math.max(...began.live));
  rmSync(models, { recursive: true });
});
