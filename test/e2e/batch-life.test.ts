import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { keys } from "../support/redis-keys.ts";
import { BatchClient, batchOf, refusalOf, type Line } from "../support/batch-client.ts";
import { ask } from "../support/client.ts";
import { dump } from "../support/dump.ts";
import { eventsOf } from "../support/events.ts";
import { batchModels } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const WAIT = { prefer: "wait=60" };

describe("the life of a batch", () => {
  const models = batchModels();
  let system: System & { url: string };
  let batches: BatchClient;
  before(async () => {
    system = await System.start({
      MODELS_DIR: models,
      WORKER_SLOTS: "1",
    });
    batches = new BatchClient(system.url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const items = (...whats: readonly string[]): object[] =>
    whats.map((what) => ({ input: { what } }));
  const texts = (count: number, text = "a"): object[] =>
    Array.from({ length: count }, () => ({ input: { text } }));
  const create = async (
    model: string,
    own: readonly object[],
    more: object = {},
  ): Promise<string> => (await batchOf(await batches.json({ model, items: own, ...more }), 202)).id;
  const move = async (id: string, verb: string): Promise<Response> =>
    batches.send("POST", `/${id}/${verb}`);
  const codes = (lines: readonly Line[]): string[] =>
    lines.map(({ status, error }) => error?.code ?? status);

  describe("that is canceled", () => {
    it("while it runs keeps what has ended, and goes on where it was when retried", async () => {
      const id = await create("slow-text", [...texts(1, "slow"), ...texts(39)]);
      await until("it runs", async () => (await batches.get(id)).counts.running > 0);
      await batchOf(await move(id, "cancel"), 202);
      const batch = await batches.ended(id);
      assert.equal(batch.status, "canceled");
      assert.equal(batch.counts.canceled + batch.counts.succeeded, 40);
      assert.ok(batch.counts.canceled >= 8);
      for (const order of ["index", "completion"]) {
        const { lines, next } = await batches.results(id, `?order=${order}`);
        assert.equal(next, null);
        assert.equal(new Set(lines.map(({ index }) => index)).size, 40);
        assert.equal(
          codes(lines).filter((code) => code === "canceled").length,
          batch.counts.canceled,
        );
      }
      await batchOf(await move(id, "cancel"), 202);
      const retried = await batchOf(await move(id, "retry"), 202);
      assert.deepEqual([retried.attempt, retried.outcome], [2, null]);
      const { outcome, counts } = await batches.ended(id);
      assert.deepEqual([outcome, counts.succeeded], ["all_succeeded", 40]);
      await refusalOf(await move(id, "cancel"), "batch_ended");
      await refusalOf(await move(id, "retry"), "batch_not_retryable");
    });

    it("before it was closed ends at once, and takes no more items", async () => {
      const { id } = await batchOf(await batches.json({ model: "moody" }), 202);
      await batchOf(await batches.append(id, 0, items("a", "b", "c")), 200);
      await batchOf(await move(id, "cancel"), 202);
      const { status, counts } = await batches.ended(id);
      assert.deepEqual([status, counts.canceled], ["canceled", 3]);
      await refusalOf(await batches.append(id, 3, items("d")), "batch_not_open");
      await refusalOf(await move(id, "close"), "batch_not_open");
      await refusalOf(await move(id, "retry"), "batch_not_retryable");
    });
  });

  it("is gone through again for the failed items alone", async () => {
    const own = items("a", "once:1", "b", "fail", "once:2", ...Array<string>(20).fill("c"));
    const first = await batchOf(await batches.json({ model: "moody", items: own }, WAIT), 200);
    assert.deepEqual([first.outcome, first.counts.failed], ["partial", 3]);
    const failed = (await batches.results(first.id, "?status=failed")).lines;
    assert.deepEqual(codes(failed), ["model_error", "model_error", "model_error"]);
    await batchOf(await move(first.id, "retry"), 202);
    const second = await batches.ended(first.id);
    assert.deepEqual([second.attempt, second.counts.succeeded, second.counts.failed], [2, 24, 1]);
    const { lines } = await batches.results(first.id);
    assert.equal(lines.length, own.length);
    for (const line of first.results ?? []) {
      if (line.status === "succeeded") assert.deepEqual(lines[line.index], line, "left as it was");
      else assert.equal(lines[line.index]?.attempt, 2);
    }
    await batchOf(await move(first.id, "retry"), 202);
    const third = await batches.ended(first.id);
    assert.deepEqual([third.attempt, third.counts.failed], [3, 1]);
  });

  it("ends early when more items fail than it allows", async () => {
    const own = items(...Array<string>(100).fill("fail"));
    const batch = await batches.ended(await create("moody", own, { max_failed: 3 }));
    assert.deepEqual([batch.status, batch.error?.code], ["failed", "too_many_failed"]);
    assert.ok(batch.counts.failed > 3 && batch.counts.canceled > 0, JSON.stringify(batch.counts));
    const { lines } = await batches.results(batch.id);
    assert.equal(lines.length, 100);
    const enough = await batches.ended(await create("moody", own.slice(0, 9), { max_failed: 9 }));
    assert.deepEqual([enough.status, enough.outcome], ["completed", "none_succeeded"]);
  });

  it("ends with its window, open or not", async () => {
    // Long enough to append to it on a busy machine.
    const soon = { completion_window_ms: 10_000 };
    const { id: open } = await batchOf(await batches.json({ model: "moody", ...soon }), 202);
    await batchOf(await batches.append(open, 0, items("a")), 200);
    const running = await create("slow-text", texts(300, "slow"), soon);
    for (const id of [open, running]) {
      const batch = await batches.ended(id);
      assert.deepEqual([batch.status, batch.error?.code], ["expired", "deadline_exceeded"]);
      const { lines } = await batches.results(id, "?status=expired");
      assert.equal(lines.length, batch.counts.expired);
      assert.ok(codes(lines).every((code) => code === "deadline_exceeded"));
    }
  });

  it("is told by events, from now to the end", async () => {
    const id = await create("slow-text", [...texts(1, "slow"), ...texts(8)]);
    const told: { readonly id: string | undefined; readonly event: string | undefined }[] = [];
    for await (const { id: tag, event, data } of eventsOf(`${batches.url}/${id}/events`)) {
      await batchOf(Response.json(data));
      told.push({ id: tag, event });
    }
    assert.ok(told.length > 1, `${told.length} events`);
    assert.equal(new Set(told.map((one) => one.id)).size, told.length, "nothing is told twice");
    assert.deepEqual([told[0]?.event, told.at(-1)?.event], ["status", "completed"]);
    const headers = { "last-event-id": told.at(-1)?.id ?? "" };
    const again = await ask(`${batches.url}/${id}/events`, { headers });
    assert.equal(again.status, 204);
  });

  it("leaves nothing in Redis when it is erased, or its time is over", async () => {
    const redis = system.redis.client();
    const keysOf = async (): Promise<string[]> =>
      Object.keys(await dump(redis)).filter((name) => !/:(?:requests|idempotency):/.test(name));
    const whole = async (more: object = {}): Promise<string> => {
      const { id } = await batchOf(
        await batches.json({ model: "moody", items: items("a", "fail", "b"), ...more }, WAIT),
        200,
      );
      await batchOf(await move(id, "retry"), 202);
      await batches.ended(id);
      return id;
    };
    const names = async (id: string): Promise<string[]> =>
      (await keysOf()).filter((name) => name.includes(id));
    const erased = await whole();
    assert.ok((await names(erased)).length > 3);
    assert.equal((await batches.send("DELETE", `/${erased}`)).status, 204);
    assert.equal((await batches.send("DELETE", `/${erased}`)).status, 204);
    await until("its tombstone alone is left", async () => (await names(erased)).length === 1);
    for (const path of ["", "/results", "/events"]) {
      await refusalOf(await batches.send("GET", `/${erased}${path}`), "gone_deleted");
    }
    for (const path of ["/close", "/cancel", "/retry", "/items?from=0"]) {
      await refusalOf(await batches.send("POST", `/${erased}${path}`), "gone_deleted");
    }
    // Long enough to be retried on a busy machine.
    const short = await whole({ retention_ms: 10_000 });
    await until("it has gone", async () => (await names(short)).length === 0);
    await refusalOf(await batches.send("GET", `/${short}`), "gone_expired");
    await refusalOf(await batches.send("DELETE", `/${short}`), "gone_expired");
    const lane = { model: "moody@1", class: "bulk" } as const;
    assert.deepEqual(
      [await redis.zcard(keys.outstanding(lane)), await redis.llen(keys.load(lane))],
      [0, 0],
    );
    const { running, bytes } = await redis.hgetall(keys.flow(lane));
    assert.deepEqual([running, bytes], ["0", "0"]);
    const counts = await redis.mget(keys.tenant("default:batches"), keys.tenant("default:bytes"));
    assert.deepEqual(counts, ["0", "0"]);
    await until("work is done", async () => {
      return (await redis.exists(keys.batchWork, keys.ready(lane))) === 0;
    });
    assert.deepEqual(await redis.keys(keys.taken("*")), []);
  });

  it("goes on when its worker and gateway are killed, and loses and doubles nothing", async () => {
    const role = (name: string) => system.roles.findLast((one) => one.name === name);
    const running = await create("slow-text", [...texts(1, "slow"), ...texts(37)]);
    await until("it runs", async () => (await batches.get(running)).counts.running > 0);
    await role("worker")?.end("SIGKILL");
    const queued = await create("moody", items(...Array<string>(700).fill("a")));
    await role("gateway")?.end("SIGKILL");
    const { url } = await system.gateway();
    batches = new BatchClient(url);
    const canceled = await create("moody", items("a", "b"));
    await batchOf(await move(canceled, "cancel"), 202);
    assert.equal((await batches.ended(canceled)).counts.canceled, 2);
    await refusalOf(await batches.send("DELETE", `/${running}`), "batch_not_ended");
    await refusalOf(await move(running, "retry"), "batch_not_ended");
    await system.worker();
    for (const [id, count] of [
      [running, 38],
      [queued, 700],
    ] as const) {
      const { outcome, counts } = await batches.ended(id);
      assert.deepEqual([outcome, counts.succeeded], ["all_succeeded", count]);
      const { lines } = await batches.results(id);
      assert.deepEqual(
        lines.map(({ index }) => index),
        Array.from({ length: count }, (_, i) => i),
      );
    }
  });
});
