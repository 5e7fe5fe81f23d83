import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { rmSync, watch } from "node:fs";
import { mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { BatchClient, batchOf, refusalOf } from "../support/batch-client.ts";
import { wineLine } from "../support/bulk/wine.ts";
import { batchModels } from "../support/models.ts";
import { Receiver } from "../support/receiver.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { api, COMPRESSED, ends, urlOf } from "../support/webhooks.ts";

const WINES = 2000;
const KILLS_MAX = 4;

describe("results of a large batch, in a folder", () => {
  const models = batchModels(["wine/1"]);
  let folder: string;
  let system: System;
  let batches: BatchClient;
  let url: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scoreline-sink-"));
    const settings = { BATCH_SINK_FOLDER: folder, BATCH_SINK_ITEMS: "100" };
    system = await System.bare({
      ...COMPRESSED,
      MODELS_DIR: models,
      WORKER_SLOTS: "1",
      ...settings,
    });
    [{ url }] = await Promise.all([system.gateway(), system.worker()]);
    batches = new BatchClient(url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
    await rm(folder, { recursive: true });
  });

  afterEach(async () => {
    const couriers = system.roles.filter(({ name }) => name === "courier");
    await Promise.all(couriers.map(async (courier) => courier.end("SIGTERM")));
  });

  const redis = () => system.redis.client();
  const wines = async (count: number, head: object = {}): Promise<string> => {
    const lines = Array.from({ length: count }, (_, i) => wineLine(i).trimEnd());
    const batch = { model: "wine", ...head };
    return (await batchOf(await batches.lines([{ batch }, ...lines]), 202)).id;
  };
  const moods = async (whats: readonly string[], head: object = {}): Promise<string> => {
    const items = whats.map((what) => ({ input: { what } }));
    return (await batchOf(await batches.json({ model: "moody", items, ...head }), 202)).id;
  };
  /** Numbers of chunks whose lines are in Redis. */
  const inRedis = async (id: string): Promise<number[]> => {
    const found = await redis().keys(keys.chunkLines(`${id}/*`));
    return found.map((key) => Number(key.split("/")[1]?.split(":")[0])).toSorted((a, b) => a - b);
  };
  const sunk = async (id: string): Promise<void> =>
    until("all are in the folder", async () => (await inRedis(id)).length === 0);
  const text = async (id: string, query = "", accept = "*/*"): Promise<string> => {
    const response = await batches.send("GET", `/${id}/results${query}`, { headers: { accept } });
    assert.equal(response.status, 200);
    return response.text();
  };
  /** All that there is to be read of a batch, in every way. */
  const views = async (id: string): Promise<readonly unknown[]> => [
    await text(id),
    await text(id, "?order=completion"),
    await text(id, "?status=succeeded"),
    await text(id, "?status=failed&order=completion"),
    await text(id, "?limit=70&after=i3.17"),
    await batches.pages(id, "order=completion&limit=333"),
  ];

  it("are byte by byte what they were in Redis, however they are read", async () => {
    const id = await wines(WINES);
    const { counts } = await batches.ended(id);
    assert.equal(counts.succeeded, WINES);
    const csv = async () => text(id, "", "text/csv");
    const [kept, table] = [await views(id), await csv()];
    assert.equal((await inRedis(id)).length, Math.ceil(WINES / 64), "no courier was there");
    const courier = await system.courier();
    await sunk(id);
    assert.deepEqual(await views(id), kept);
    assert.equal(await csv(), table);
    const indexes = (await batches.results(id)).lines.map(({ index }) => index);
    assert.deepEqual(indexes, [...Array(WINES).keys()]);
    assert.equal(await courier.end("SIGTERM"), 0);
  });

  it("stay in Redis for a batch that is small, or that says so", async () => {
    await system.courier();
    const small = await wines(100);
    const unwilling = await wines(200, { sink: false });
    const willing = await wines(64, { sink: true });
    for (const id of [small, unwilling, willing]) await batches.ended(id);
    await sunk(willing);
    assert.deepEqual(await redis().hmget(keys.batch(small), "sk"), [null]);
    assert.equal((await inRedis(small)).length, 2);
    const chunks = Number(await redis().hget(keys.batch(unwilling), "k"));
    assert.equal((await inRedis(unwilling)).length, chunks);
    const asked = await batches.send("POST", "?model=wine&sink=perhaps", {
      body: "alcohol\n",
      headers: { "content-type": "text/csv" },
    });
    assert.match((await refusalOf(asked, "invalid_input")).detail, /sink/);
  });

  it("stay in Redis where an item failed, until it is mended by a retry", async () => {
    await system.courier();
    const odd: Readonly<Record<number, string>> = { 0: "fail", 50: "once:sink", 90: "fail" };
    const whats = Array.from({ length: 160 }, (_, i) => odd[i] ?? "fine");
    const id = await moods(whats);
    assert.equal((await batches.ended(id)).counts.failed, 3);
    await until("the others are gone", async () => (await inRedis(id)).length === 3);
    assert.deepEqual(await inRedis(id), [0, 6, 11]);
    const first = (await batches.results(id)).lines;
    assert.equal((await batches.results(id, "?status=failed")).lines.length, 3);
    await batchOf(await batches.send("POST", `/${id}/retry`), 202);
    assert.equal((await batches.ended(id)).counts.failed, 2);
    await until("the mended one is too", async () => (await inRedis(id)).length === 2);
    const { lines, next } = await batches.results(id);
    assert.equal(next, null);
    assert.deepEqual(
      lines.filter(({ index }) => index !== 50 && first[index]?.status === "succeeded"),
      first.filter(({ status }) => status === "succeeded"),
    );
    assert.deepEqual(
      lines.filter(({ status }) => status !== "succeeded").map(({ index }) => index),
      [0, 90],
    );
  });

  it("are neither lost nor doubled when couriers are killed while they write", async (t) => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    t.diagnostic(`SEED=${seed}`);
    const id = await wines(20_000);
    await batches.ended(id);
    const kept = await views(id);
    // Kills at the n-th thing that happens in the folder: files are made, written, synced.
    const moments = fc.sample(fc.integer({ min: 1, max: 6 }), { seed, numRuns: KILLS_MAX + 1 });
    const isDone = async (): Promise<boolean> => (await inRedis(id)).length === 0;
    let kills = 0;
    for (const [i, moment] of moments.entries()) {
      if (await isDone()) break;
      const signal = i === KILLS_MAX ? "SIGTERM" : "SIGKILL";
      await redis().zadd(keys.batchSinks, "XX", 0, id); // the lease of the last one is over
      const end = await endedAt(moment, signal, isDone);
      if (signal === "SIGTERM") assert.equal(end, 0);
      kills += Number(end === "SIGKILL");
    }
    t.diagnostic(`${kills} couriers were killed`);
    assert.ok(kills > 0);
    await redis().zadd(keys.batchSinks, "XX", 0, id);
    await system.courier();
    await sunk(id);
    assert.deepEqual(await views(id), kept);
    t.diagnostic(`${await bytesNobodyRefersTo(id)} bytes are not referred to`);
  });

  /** Sends a courier a signal when something has happened in the folder. @returns how it ended */
  async function endedAt(
    moment: number,
    signal: NodeJS.Signals,
    isDone: () => Promise<boolean>,
  ): Promise<number | string> {
    const events = new EventEmitter();
    let count = 0;
    // Before the courier is there, so that nothing is missed on a slow machine.
    const watcher = watch(folder, { recursive: true }, () => {
      count += 1;
      events.emit("event");
    });
    try {
      const courier = await system.courier();
      let isSent = false;
      const send = (): void => {
        if (isSent || count < moment) return;
        isSent = courier.child.kill(signal);
      };
      events.on("event", send);
      send();
      await until("it was sent, or all is done", async () => isSent || isDone());
      if (isSent) await until("it has ended", () => courier.hasExited);
      return await courier.end("SIGTERM");
    } finally {
      watcher.close();
    }
  }

  async function bytesNobodyRefersTo(id: string): Promise<number> {
    const files = await readdir(join(folder, id));
    const sizes = await Promise.all(files.map(async (file) => stat(join(folder, id, file))));
    const chunks = await redis().keys(keys.pack(`${id}/*`));
    const places = await Promise.all(chunks.map(async (chunk) => redis().hget(chunk, "sf")));
    const used = places.reduce((sum, place) => sum + Number(place?.split(":")[2]), 0);
    const left = sizes.reduce((sum, { size }) => sum + size, 0) - used;
    assert.ok(left >= 0, "every place has bytes of its own");
    return left;
  }

  it("are told by webhooks as they were told from Redis", async () => {
    await using receiver = await Receiver.http((response) => response.writeHead(204).end());
    await system.courier();
    const id = await wines(300, { webhook: { url: urlOf(receiver), events: ["batch.results"] } });
    await sunk(id);
    await until("they came", () => receiver.received.length > 0);
    const [first] = receiver.received;
    const count = receiver.received.length;
    const delivery = z.string().parse(first?.headers["webhook-id"]);
    // One that is in flight is sent already, and asking for it changes nothing.
    await ends(url, delivery, "delivered");
    await api(`${url}/v1/deliveries/${delivery}/redeliver`, 202, { method: "POST" });
    await until("they came again", () => receiver.received.length > count);
    const again = receiver.received.at(-1);
    assert.equal(again?.headers["webhook-id"], delivery);
    assert.equal(again?.body, first?.body);
    assert.match(again?.body ?? "", /"results":\[\{"index":/);
  });

  it("that cannot be read are asked for in vain, and nothing is left out", async () => {
    await system.courier();
    const id = await wines(200);
    await batches.ended(id);
    await sunk(id);
    const whole = await text(id);
    await rename(join(folder, id), join(folder, "away"));
    const refused = await batches.send("GET", `/${id}/results`);
    assert.equal(refused.status, 503);
    await refusalOf(refused, "service_unavailable");
    const gateway = system.roles.find(({ name }) => name === "gateway");
    assert.match(gateway?.log ?? "", /results cannot be read from BATCH_SINK_FOLDER/);
    await rename(join(folder, "away"), join(folder, id));
    assert.equal(await text(id), whole);
  });

  it("go with the batch, and are made anew by none that is left", async () => {
    const courier = await system.courier();
    const id = await wines(200, { retention_ms: 600_000 });
    // Long enough to be seen ended on a busy machine.
    const soon = await wines(200, { retention_ms: 5000 });
    await Promise.all([id, soon].map(async (batch) => batches.ended(batch)));
    await until("they are there", async () => (await readdir(folder)).includes(id));
    await batches.send("DELETE", `/${id}`);
    await until("neither the deleted nor the expired is there", async () => {
      const left = await readdir(folder);
      return !left.includes(id) && !left.includes(soon);
    });
    assert.equal(courier.hasExited, false);
  });

  it("cannot be asked for where there is no folder", async () => {
    const other = await system.gateway({ env: { BATCH_SINK_FOLDER: "" } });
    const plain = new BatchClient(other.url);
    const refused = await plain.json({ model: "wine", sink: true });
    const { errors } = await refusalOf(refused, "invalid_input");
    assert.equal(errors?.[0]?.pointer, "/sink");
    await batchOf(await plain.json({ model: "wine", sink: false }), 202);
  });
});
