import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { indexOf, packOf } from "../../shared/id.ts";
import { packFields } from "../../shared/pack/record.ts";
import { keys } from "../support/redis-keys.ts";
import { postJson, request } from "../support/client.ts";
import { slowText } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const ATTEMPT_MS = 60_000;
const AWAY_MS = 75_000;

describe("workers that are away for longer than an attempt may take", () => {
  const models = slowText({ run_timeout_ms: 100_000 });
  const env = { MODELS_DIR: models, WORKER_SLOTS: "1" };
  after(() => rmSync(models, { recursive: true }));

  it("fail no job: those in hand wait again, and the next worker runs them", async () => {
    await using system = await System.bare(env);
    const redis = system.redis.client();
    const [{ url }, worker] = await Promise.all([
      system.gateway(),
      system.worker(),
      system.courier(),
    ]);
    const ids = await submit(url, 2);
    const [late = ""] = await submit(url, 1, { total_ms: ATTEMPT_MS });
    await running(redis, ids);
    await worker.end("SIGKILL");
    await timePasses(redis, [...ids, late]);
    await allWait(redis, ids);
    // The time that a job has in all does not stop.
    const { body } = await request(`${url}/v1/jobs/${late}`, { headers: { prefer: "wait=60" } });
    assert.deepEqual([body.status, body.error?.code], ["expired", "deadline_exceeded"]);
    assert.equal(await redis.hget(keys.flow(LANE), "running"), "0");
    await system.worker();
    await allSucceed(url, ids);
  });

  it("fail no job when everything was down, with Redis, whoever comes up first", async () => {
    await using system = await System.bare(env);
    const roles = await Promise.all([system.gateway(), system.worker(), system.courier()]);
    const ids = await submit(roles[0].url, 2);
    await running(system.redis.client(), ids);
    await Promise.all(system.roles.map(async (role) => role.end("SIGKILL")));
    await system.redis.kill("SIGTERM");
    await system.redis.launch();
    const redis = system.redis.client();
    await timePasses(redis, ids);
    // The courier has looked at deadlines and leases before there is a worker.
    await system.courier();
    await allWait(redis, ids);
    const [{ url }] = await Promise.all([system.gateway(), system.worker()]);
    await allSucceed(url, ids);
  });
});

async function submit(url: string, count: number, timeouts: object = {}): Promise<string[]> {
  const replies = await Promise.all(
    Array.from({ length: count }, async () =>
      postJson(
        `${url}/v1/models/slow-text/jobs`,
        { input: { text: "slow" }, timeouts: { attempt_ms: ATTEMPT_MS, ...timeouts } },
        "respond-async",
      ),
    ),
  );
  return replies.map(({ body }) => body.id ?? "");
}

/** `waits`, `runs`, or the letter of its end. */
async function statuses(redis: Redis, ids: readonly string[]): Promise<ReadonlySet<unknown>> {
  const { states, run } = packFields.letters;
  const found = ids.map(async (id) => {
    const [all, holder] = await redis.hmget(keys.pack(packOf(id)), states, run);
    const state = all?.[indexOf(id)];
    if (state !== "W") return state;
    return holder === null ? "waits" : "runs";
  });
  return new Set(await Promise.all(found));
}

async function running(redis: Redis, ids: readonly string[]): Promise<void> {
  await until("one runs", async () => (await statuses(redis, ids)).has("runs"));
}

async function allWait(redis: Redis, ids: readonly string[]): Promise<void> {
  await until("all wait again", async () => {
    const seen = await statuses(redis, ids);
    assert.ok(!seen.has("F") && !seen.has("X"), [...seen].join(" "));
    return seen.size === 1 && seen.has("waits");
  });
}

/** As if so long had passed: what is written down of unfinished jobs is that much older. */
async function timePasses(redis: Redis, ids: readonly string[]): Promise<void> {
  const { createdAtMs, queuedAtMs, startedAtMs } = packFields.letters;
  for (const pack of new Set(ids.map(packOf))) {
    for (const field of [createdAtMs, queuedAtMs, startedAtMs]) {
      if ((await redis.hexists(keys.pack(pack), field)) === 0) continue;
      await redis.hincrby(keys.pack(pack), field, -AWAY_MS);
    }
    const dueMs = await redis.zscore(keys.due, pack);
    if (dueMs !== null) await redis.zadd(keys.due, "XX", Number(dueMs) - AWAY_MS, pack);
  }
}

async function allSucceed(url: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { body } = await request(`${url}/v1/jobs/${id}`, { headers: { prefer: "wait=60" } });
    assert.deepEqual([body.status, body.error?.code], ["succeeded", undefined], id);
  }
}
