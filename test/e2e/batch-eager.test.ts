import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { BatchClient, batchOf, refusalOf } from "../support/batch-client.ts";
import { ask } from "../support/client.ts";
import { batchModels } from "../support/models.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const LENIENT = { prefer: "handling=lenient" };

/** A line that is scored, and one that fails. */
const GOOD = '{"input":{"what":"a"}}\n';
const BAD = '{"input":7}\n';

/** More than a chunk ever has, however fast its model was measured to be. */
const MANY = 1100;

describe("a lenient upload without a key", () => {
  const models = batchModels();
  let system: System & { url: string };
  let batches: BatchClient;
  before(async () => {
    system = await System.start({ MODELS_DIR: models });
    batches = new BatchClient(system.url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  /** A request whose body is written piece by piece. */
  function begin(head: object, headers: Record<string, string>) {
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const write = async (text: string): Promise<void> => writer.write(Buffer.from(text));
    const stop = new AbortController();
    const answer = ask(`${system.url}/v1/batches`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", ...headers },
      body: readable,
      duplex: "half",
      signal: stop.signal,
    });
    answer.catch(() => {});
    const started = write(`${JSON.stringify({ batch: { model: "moody", ...head } })}\n`);
    return { answer, write, started, end: async () => writer.close(), abort: () => stop.abort() };
  }

  /** The id of the one batch that is open. */
  async function openOne(): Promise<string> {
    let id = "";
    await until("there is an open batch", async () => {
      const response = await batches.send("GET", "?status=validating");
      const page = z.object({ data: z.array(z.looseObject({ id: z.string() })) });
      const { data } = page.parse(await response.json());
      id = data[0]?.id ?? "";
      return data.length === 1;
    });
    return id;
  }

  async function lanesAreEmpty(): Promise<void> {
    const lane = { model: "moody@1", class: "bulk" } as const;
    const redis = system.redis.client();
    assert.equal(await redis.llen(keys.load(lane)), 0);
    assert.equal(await redis.zcard(keys.outstanding(lane)), 0);
    assert.equal(await redis.get(keys.tenant("default:bytes")), "0");
  }

  it("is scored while it goes on", async () => {
    const upload = begin({}, LENIENT);
    await upload.started;
    await upload.write(GOOD.repeat(MANY));
    const id = await openOne();
    await until("some are scored", async () => (await batches.get(id)).counts.succeeded > 0);
    const { status, counts } = await batches.get(id);
    assert.deepEqual([status, counts.failed], ["validating", 0]);
    await upload.write(BAD + GOOD);
    await upload.end();
    assert.equal((await batchOf(await upload.answer, 202)).id, id);
    const ended = await batches.ended(id);
    assert.deepEqual(
      [ended.status, ended.counts.succeeded, ended.counts.failed],
      ["completed", MANY + 1, 1],
    );
    const { lines, next } = await batches.results(id);
    assert.equal(next, null);
    assert.deepEqual(
      lines.map(({ index }) => index),
      Array.from({ length: MANY + 2 }, (_, i) => i),
    );
    assert.equal(lines[MANY]?.status, "failed");
    await lanesAreEmpty();
  });

  for (const [what, headers] of [
    ["strict", {}],
    ["with a key", { ...LENIENT, "idempotency-key": "eager" }],
  ] as const) {
    it(`is not: one that is ${what} is scored when it is closed`, async () => {
      const upload = begin({}, headers);
      await upload.started;
      await upload.write(GOOD.repeat(MANY));
      const id = await openOne();
      await until("some are there", async () => (await batches.get(id)).received > 0);
      // Work of the same lane that comes later is scored.
      const other = await batches.lines([{ batch: { model: "moody" } }, { input: { what: "a" } }], {
        prefer: "wait=60",
      });
      assert.equal((await batchOf(other, 200)).outcome, "all_succeeded");
      const { counts } = await batches.get(id);
      assert.equal(counts.queued, counts.total);
      await upload.end();
      await batchOf(await upload.answer, 202);
      assert.equal((await batches.ended(id)).counts.succeeded, MANY);
      await lanesAreEmpty();
    });
  }

  it("ends early when more items fail than may", async () => {
    const upload = begin({ max_failed: 2 }, LENIENT);
    await upload.started;
    await upload.write(BAD.repeat(MANY));
    const id = await openOne();
    const { status, counts } = await batches.ended(id);
    assert.equal(status, "failed");
    assert.ok(counts.failed > 2 && counts.total <= MANY);
    // Whether or not this is still read: there is nothing to wait for.
    await Promise.allSettled([upload.write(GOOD.repeat(MANY)), upload.end()]);
    assert.equal((await batchOf(await upload.answer)).id, id);
    await lanesAreEmpty();
  });

  it("may be canceled meanwhile, and is answered with what it has become", async () => {
    const upload = begin({}, LENIENT);
    await upload.started;
    await upload.write(GOOD.repeat(MANY));
    const id = await openOne();
    await until("some are scored", async () => (await batches.get(id)).counts.succeeded > 0);
    await batchOf(await batches.send("POST", `/${id}/cancel`), 202);
    await batches.ended(id);
    await Promise.allSettled([upload.write(GOOD.repeat(MANY)), upload.end()]);
    assert.equal((await batchOf(await upload.answer, 200)).status, "canceled");
    await lanesAreEmpty();
  });

  it("leaves nothing behind when it breaks off, or is at fault as a whole", async () => {
    const broken = begin({}, LENIENT);
    await broken.started;
    await broken.write(GOOD.repeat(MANY));
    const id = await openOne();
    await until("some are scored", async () => (await batches.get(id)).counts.succeeded > 0);
    broken.abort();
    await until("it is gone", async () => (await batches.send("GET", `/${id}`)).status === 410);
    const long = begin({}, LENIENT);
    await long.started;
    await long.write(GOOD.repeat(MANY));
    const other = await openOne();
    await long.write(`{"input":{"what":"${"x".repeat(24_000_000)}`);
    await refusalOf(await long.answer, "payload_too_large");
    assert.equal((await batches.send("GET", `/${other}`)).status, 410);
    await until("all is released", async () => {
      const bytes = await system.redis.client().get(keys.tenant("default:bytes"));
      return bytes === "0";
    });
    await lanesAreEmpty();
  });
});
