import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { BulkClient } from "../support/bulk/client.ts";
import { wineLine } from "../support/bulk/wine.ts";
import { ask } from "../support/client.ts";
import { Receiver, type Received } from "../support/receiver.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import {
  api,
  COMPRESSED,
  RECEIVERS_HERE,
  register,
  tenantSecret,
  urlOf,
  verifiedEvent,
  type ReceivedEvent,
} from "../support/webhooks.ts";

const resultsSchema = z.looseObject({
  id: z.string(),
  items: z.number(),
  results: z.array(z.looseObject({ index: z.number(), custom_id: z.string() })),
});
const completedSchema = z.looseObject({
  status: z.string(),
  outcome: z.string(),
  attempt: z.number(),
  counts: z.looseObject({ total: z.number(), succeeded: z.number() }),
});
const triedSchema = z.array(z.looseObject({ attempts: z.number() }));

describe("webhooks of batches", () => {
  let system: System & { url: string };
  before(async () => {
    system = await System.start(COMPRESSED);
  });
  after(async () => system[Symbol.asyncDispose]());

  const submit = async (rows: number, head: object, url = system.url): Promise<string> => {
    const lines = Array.from({ length: rows }, (_, i) => wineLine(i));
    const response = await ask(`${url}/v1/batches`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: `${JSON.stringify({ batch: { model: "wine", ...head } })}\n${lines.join("")}`,
    });
    const text = await response.text();
    assert.equal(response.status, 202, text);
    return z.looseObject({ id: z.string() }).parse(JSON.parse(text)).id;
  };
  const ended = async (id: string, url = system.url): Promise<void> =>
    until(`${id} ends`, async () => {
      const { status } = await new BulkClient(() => url).get(id);
      return status === "completed";
    });
  const oncePerId = (received: readonly Received[], secret: string): readonly ReceivedEvent[] => {
    const events = new Map<string, ReceivedEvent>();
    const bodies = new Map<string, string>();
    for (const message of received) {
      const id = z.string().parse(message.headers["webhook-id"]);
      assert.equal(bodies.get(id) ?? message.body, message.body, "equal at every attempt");
      bodies.set(id, message.body);
      events.set(id, verifiedEvent(message, secret));
    }
    return [...events.values()];
  };

  it("tell of its end once, by default", async () => {
    await using receiver = await Receiver.http((response) => response.writeHead(204).end());
    const id = await submit(130, { metadata: { order: 7 }, webhook: { url: urlOf(receiver) } });
    await until("it came", () => receiver.received.length > 0);
    const [event] = oncePerId(receiver.received, await tenantSecret(system.url));
    assert.equal(event?.type, "batch.completed");
    assert.equal(event.data.id, id);
    assert.deepEqual(event.data["metadata"], { order: 7 });
    const { status, outcome, counts } = completedSchema.parse(event.data);
    assert.deepEqual([status, outcome, counts.total], ["completed", "all_succeeded", 130]);
    await until("the batch has its own time to live again", async () => {
      const [batch, chunk] = await Promise.all([
        system.redis.client().ttl(keys.batch(id)),
        system.redis.client().ttl(keys.pack(`${id}/0`)),
      ]);
      return batch > 0 && batch <= 86_400 && chunk > 0 && chunk <= 86_400;
    });
  });

  it("of 10,000 items are about 20 with results, and hold each item once", async () => {
    let failures = 3;
    await using receiver = await Receiver.http((response) => {
      failures -= 1;
      response.writeHead(failures >= 0 ? 500 : 200).end();
    });
    const { secret } = await register(system.url, {
      url: urlOf(receiver),
      events: ["batch.results", "batch.progress", "batch.completed"],
    });
    const startMs = performance.now();
    const id = await submit(10_000, {});
    await ended(id);
    const events = (): readonly ReceivedEvent[] => oncePerId(receiver.received, secret);
    const results = () =>
      events()
        .filter(({ type }) => type === "batch.results")
        .map(({ data }) => resultsSchema.parse(data));
    const items = (): number => results().reduce((sum, { results: some }) => sum + some.length, 0);
    await until("all results came", () => items() >= 10_000);
    await until("its end came", () => events().some(({ type }) => type === "batch.completed"));
    const indexes = new Set(results().flatMap((one) => one.results.map(({ index }) => index)));
    assert.equal(indexes.size, 10_000);
    assert.equal(items(), 10_000);
    assert.ok(results().every(({ results: some }) => some.length <= 500));
    const count = results().length;
    assert.ok(count >= 20 && count <= 26, `${count} callbacks`);
    const other = events().filter(({ type }) => type !== "batch.results");
    const most = 3 + (performance.now() - startMs) / 5000;
    assert.ok(other.length <= most, "progress is told every 5 s at most");
    await until("nothing is left to tell", async () => {
      const redis = system.redis.client();
      const [pending, news] = [
        await redis.hget(keys.batch(id), "dp"),
        await redis.zcard(keys.batchNews),
      ];
      return Number(pending) === 0 && news === 0;
    });
  });

  it("end as dead when the batch is deleted", async () => {
    // The usual schedule: the letter is sent again for days, however slow the machine is.
    await using patient = await System.start(RECEIVERS_HERE);
    await using receiver = await Receiver.http((response) => response.writeHead(500).end());
    const id = await submit(3, { webhook: { url: urlOf(receiver) } }, patient.url);
    await until("it was tried, and that is noted", async () => {
      const { data } = await api(`${patient.url}/v1/batches/${id}/deliveries`, 200);
      return triedSchema.parse(data).some(({ attempts }) => attempts > 0);
    });
    await ended(id, patient.url);
    await api(`${patient.url}/v1/batches/${id}`, 204, { method: "DELETE" });
    const told = new RegExp(`${id.slice(4)}_1B.*resource_deleted`);
    await until("the letter is dead", async () => {
      const dead = await api(`${patient.url}/v1/deliveries?status=dead`, 200);
      return told.test(JSON.stringify(dead));
    });
  });

  it("are refused for events of jobs, and for URLs that are not allowed", async () => {
    for (const [webhook, code] of [
      [{ url: "http://10.0.0.1/hook" }, "webhook_url_rejected"],
      [{ url: "http://127.0.0.2:1/hook", events: ["job.completed"] }, "invalid_input"],
    ] as const) {
      const refused = await api(`${system.url}/v1/batches`, 422, {
        body: { model: "wine", webhook },
      });
      assert.equal(refused["code"], code);
    }
  });
});
