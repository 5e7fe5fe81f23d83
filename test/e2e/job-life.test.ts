import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import { packOf } from "../../shared/id.ts";
import { keys } from "../support/redis-keys.ts";
import { ask, postJson, request, type Reply } from "../support/client.ts";
import { slowText } from "../support/models.ts";
import { hasJob, runsOf } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;

const attemptsSchema = z.array(
  z.looseObject({
    attempt: z.number(),
    status: z.string(),
    error: z.looseObject({ code: z.string() }),
  }),
);

const queueSchema = z.object({ interactive: z.object({ running: z.number() }) });

describe("the life of a job", () => {
  const models = slowText({ run_timeout_ms: 100_000 });
  let system: System;
  let redis: Redis;
  let [one, other] = ["", ""];
  before(async () => {
    system = await System.bare({ MODELS_DIR: models, LOG_LEVEL: "debug" });
    redis = system.redis.client();
    const [a, b] = await Promise.all([system.gateway(), system.gateway(), system.courier()]);
    [one, other] = [a.url, b.url];
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const submit = async (more: object = {}, text = "a", prefer = ""): Promise<Reply> =>
    postJson(`${one}/v1/models/slow-text/jobs`, { input: { text }, ...more }, prefer);
  const to = async (method: string, id = "", action = ""): Promise<Reply> =>
    request(`${other}/v1/jobs/${id}${action}`, { method });
  const get = async (id = "", prefer = ""): Promise<Reply> =>
    request(`${other}/v1/jobs/${id}`, { headers: { prefer } });
  const erase = async (id = ""): Promise<number> =>
    (await ask(`${one}/v1/jobs/${id}`, { method: "DELETE" })).status;
  const historyOf = ({ body }: Reply): string[] =>
    attemptsSchema
      .parse(body["attempts"])
      .map(({ attempt, status, error }) => `${attempt} ${status} ${error.code}`);

  describe("while no worker lives", () => {
    it("says why it waits, and when to ask again", async () => {
      const { headers, body } = await submit();
      assert.equal(body["phase"], "cold_start");
      const place = z
        .looseObject({ position: z.number(), ahead: z.number(), workers_ready: z.number() })
        .parse(body["queue"]);
      assert.deepEqual([place.position, place.ahead, place.workers_ready], [1, 0, 0]);
      assert.equal(place["estimated_start_at"], null);
      assert.ok(Number(headers.get("retry-after")) >= 1);
      const behind = await submit();
      assert.equal(z.object({ ahead: z.number() }).parse(behind.body["queue"]).ahead, 1);
      for (const id of [body.id, behind.body.id]) await to("POST", id, "/cancel");
    });

    it("is retried after a cancel and after its deadline, under its id", async () => {
      const canceled = await submit();
      await to("POST", canceled.body.id, "/cancel");
      const again = await to("POST", canceled.body.id, "/retry");
      assert.deepEqual([again.status, again.body.status, again.body.attempt], [202, "queued", 2]);
      assert.equal(again.body.id, canceled.body.id);
      assert.deepEqual(historyOf(again), ["1 canceled canceled"]);
      const twice = await to("POST", canceled.body.id, "/retry");
      assert.deepEqual([twice.status, twice.body.code], [409, "job_not_retryable"]);
      await to("POST", canceled.body.id, "/cancel");

      const { body } = await submit({ timeouts: { start_ms: 200 } }, "a", "wait=30");
      assert.equal((await to("POST", body.job_id, "/retry")).status, 202);
      const over = await get(body.job_id, "wait=30");
      assert.deepEqual([over.body.status, over.body.attempt], ["expired", 2]);
      assert.deepEqual(historyOf(over), ["1 expired start_timeout"]);
    });

    it("is deleted once it has ended, and says so afterwards", async () => {
      const { body } = await submit();
      const early = await to("DELETE", body.id);
      assert.deepEqual([early.status, early.body.code], [409, "job_not_ended"]);
      await to("POST", body.id, "/cancel");
      assert.deepEqual([await erase(body.id), await erase(body.id)], [204, 204]);
      for (const [method, action] of [
        ["GET", ""],
        ["GET", "/result"],
        ["POST", "/cancel"],
        ["POST", "/retry"],
      ] as const) {
        const { status, body: problem } = await to(method, body.id, action);
        assert.deepEqual([status, problem.code], [410, "gone_deleted"], `${method} ${action}`);
      }
      const unknown = await to("DELETE", `${body.id?.slice(0, -1)}_`);
      assert.deepEqual([unknown.status, unknown.body.code], [404, "not_found"]);
    });

    it("is listed: filters, and pages that stay right while jobs arrive and go", async () => {
      const older = await Promise.all(Array.from({ length: 25 }, async () => submit()));
      const ids = new Set(older.map(({ body }) => body.id));
      const seen: string[] = [];
      let query = "?status=queued&model=slow-text&limit=4";
      for (let page = 0; page < 20; page += 1) {
        const { ids: found, next } = await list(query);
        seen.push(...found);
        if (next === null) break;
        await submit();
        query = `?status=queued&model=slow-text@1&limit=4&cursor=${next}`;
      }
      assert.equal(new Set(seen).size, seen.length, "no job twice");
      assert.deepEqual(new Set(seen), ids, "all of the older ones, none of the new");

      assert.deepEqual((await list("?model=other")).ids, []);
      assert.deepEqual((await list("?status=running")).ids, []);
      const at = String(older[0]?.body["created_at"]);
      const split = await Promise.all([
        list(`?status=queued&limit=100&created_after=${at}`),
        list(`?status=queued&limit=100&created_before=${at}`),
      ]);
      for (const { ids: part } of split) assert.ok(!part.includes(older[0]?.body.id ?? ""));
      for (const bad of [
        "?limit=0",
        "?cursor=abc",
        "?status=done",
        "?created_after=then",
        "?x=1",
      ]) {
        const { status, body } = await request(`${one}/v1/jobs${bad}`);
        assert.equal(status, 422, `${bad}: ${body.code}`);
      }
      for (const id of (await list("?status=queued&limit=100")).ids)
        await to("POST", id, "/cancel");
      assert.equal(await redis.zcard(keys.outstanding(LANE)), 0);
    });

    it("goes from the list when its time is over", async () => {
      const { body } = await submit({ retention_ms: 1000 });
      const id = body.id ?? "";
      await to("POST", id, "/cancel");
      await until(
        "it is trimmed",
        async () => (await redis.zscore(keys.jobs("default"), packOf(id))) === null,
      );
      const gone = await get(id);
      assert.deepEqual([gone.status, gone.body.code], [410, "gone_expired"]);
    });
  });

  async function list(query: string): Promise<{ ids: string[]; next: string | null }> {
    const response = await ask(`${one}/v1/jobs${query}`);
    const { data, next_cursor: next } = z
      .object({
        data: z.array(z.looseObject({ id: z.string() })),
        next_cursor: z.string().nullable(),
      })
      .parse(await response.json());
    const link = response.headers.get("link");
    assert.equal(link === null, next === null);
    return { ids: data.map(({ id }) => id), next };
  }

  describe("with a worker", () => {
    let worker: Role;
    before(async () => {
      worker = await system.worker({ env: { WORKER_SLOTS: "2" } });
    });
    const isRunning = async (id = ""): Promise<void> =>
      until("it runs", () => runsOf(worker).some((run) => hasJob(run, id)));

    it("shows its course, its times and the queue", async () => {
      const { body } = await submit({}, "slow");
      await until(
        "it is seen running",
        async () => (await get(body.id)).body["phase"] === "running",
      );
      const running = await get(body.id);
      assert.equal(running.body["queue"], null);
      assert.ok(Number(running.headers.get("retry-after")) >= 1);
      await until("the queue knows, a second later at most", async () => {
        const queue = await ask(`${other}/v1/models/slow-text/queue`);
        return queueSchema.parse(await queue.json()).interactive.running === 1;
      });
      const done = await get(body.id, "wait=60");
      assert.equal(done.body.status, "succeeded");
      for (const part of ["queue", "batch", "inference", "total"]) {
        assert.match(done.headers.get("server-timing") ?? "", new RegExp(`${part};dur=\\d`));
      }
    });

    it("cannot be retried while it waits, runs, or when it succeeded", async () => {
      const running = await submit({}, "slow");
      await isRunning(running.body.id);
      const retried = await to("POST", running.body.id, "/retry");
      assert.deepEqual([retried.status, retried.body.code], [409, "job_not_retryable"]);
      assert.equal((await get(running.body.id, "wait=60")).body.status, "succeeded");
      const late = await to("POST", running.body.id, "/retry");
      assert.deepEqual([late.status, late.body.code], [409, "job_not_retryable"]);
    });

    it("is retried while its old run goes on: each attempt has its own outcome", async () => {
      const { body } = await submit({}, "slow");
      const id = body.id ?? "";
      await isRunning(id);
      await to("POST", id, "/cancel");
      assert.equal((await to("POST", id, "/retry")).status, 202);
      const done = await get(id, "wait=60");
      assert.deepEqual([done.body.status, done.body.attempt], ["succeeded", 2]);
      assert.deepEqual(historyOf(done), ["1 canceled canceled"]);
      assert.equal(runsOf(worker).filter((run) => hasJob(run, id)).length, 2);
      await until("the old output is discarded", () =>
        worker.log
          .split("\n")
          .some((line) => line.includes("discarded") && line.includes(packOf(id))),
      );
      assert.equal(await redis.hget(keys.flow(LANE), "running"), "0");
    });

    // The last one: it ends the worker.
    it("with retries: 0 ends as worker_lost when its worker dies, and can be retried", async () => {
      const { body } = await submit({ retries: 0 }, "slow");
      await isRunning(body.id);
      await worker.end("SIGKILL");
      await system.worker();
      const lost = await get(body.id, "wait=60");
      assert.deepEqual([lost.body.status, lost.body.error?.code], ["failed", "worker_lost"]);
      assert.equal((await to("POST", body.id, "/retry")).status, 202);
      const done = await get(body.id, "wait=60");
      assert.deepEqual([done.body.status, done.body.attempt], ["succeeded", 2]);
      assert.deepEqual(historyOf(done), ["1 failed worker_lost"]);
    });
  });
});
