import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { BatchClient, batchOf, refusalOf } from "../support/batch-client.ts";
import { keyHeader } from "../support/client.ts";
import { batchModels } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const CUTS = 20;
/** What was sent before a cut is a batch by then, or will never be one. */
const OPEN_WITHIN_MS = 20_000;
const NEWLINE = 0x0a;
const HEAD = { batch: { model: "moody" } };

interface Item {
  readonly custom_id: string;
  readonly input: { readonly what: string };
}

describe("an upload", () => {
  const models = batchModels();
  let system: System & { url: string };
  let batches: BatchClient;
  before(async () => {
    system = await System.start({
      MODELS_DIR: models,
      WORKER_SLOTS: "1",
      BATCH_ITEMS_MAX: "300",
      BATCH_JSON_ITEMS_MAX: "100",
      TENANT_BATCHES_MAX: "3",
      TENANT_OUTSTANDING_BYTES_MAX: "2000000",
    });
    batches = new BatchClient(system.url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const itemsFrom = (first: number, count: number, size = 0): Item[] =>
    Array.from({ length: count }, (_, i) => ({
      custom_id: `item ${first + i}`,
      input: { what: "ö".repeat(size) },
    }));
  const open = async (): Promise<string> =>
    (await batchOf(await batches.json({ model: "moody" }), 202)).id;
  const close = async (id: string): Promise<void> => {
    await batchOf(await batches.send("POST", `/${id}/close`));
    await batches.ended(id);
  };
  const cancel = async (id: string): Promise<void> => {
    await batchOf(await batches.send("POST", `/${id}/cancel`), 202);
    await batches.ended(id);
  };
  /** Every item once, in its place. */
  async function assertWhole(id: string, count: number): Promise<void> {
    const { lines, next } = await batches.results(id);
    assert.equal(next, null);
    assert.deepEqual(
      lines.map(({ index, custom_id: customId, status }) => [index, customId, status]),
      Array.from({ length: count }, (_, i) => [i, `item ${i}`, "succeeded"]),
    );
  }

  it("may come in parts, sent again in part, until the batch is closed", async () => {
    const id = await open();
    await refusalOf(await batches.send("POST", `/${id}/close`), "invalid_input");
    const first = await batchOf(await batches.append(id, 0, itemsFrom(0, 11)), 200);
    assert.equal(first.received, 11);
    await batchOf(await batches.append(id, 11, itemsFrom(11, 9)), 200);
    const overlapping = await batchOf(await batches.append(id, 5, itemsFrom(5, 20)), 200);
    assert.equal(overlapping.received, 25);
    const nothing = await batchOf(await batches.append(id, 25, []), 200);
    assert.deepEqual([nothing.received, nothing.status], [25, "validating"]);
    const beyond = await refusalOf(await batches.append(id, 27, []), "items_out_of_place");
    assert.equal(beyond.received, 25);
    await refusalOf(await batches.append(id, -1, []), "invalid_input");
    await refusalOf(await batches.send("POST", `/${id}/items`), "invalid_input");
    const type = { headers: { "content-type": "text/plain" }, body: "{}" };
    const wrong = await batches.send("POST", `/${id}/items?from=25`, type);
    await refusalOf(wrong, "unsupported_media_type");
    await close(id);
    await assertWhole(id, 25);
    const late = await refusalOf(await batches.append(id, 25, []), "batch_not_open");
    assert.equal(late.batch?.status, "completed");
    assert.equal((await batchOf(await batches.send("POST", `/${id}/close`), 200)).id, id);
  });

  it("takes no custom id twice, in whichever upload, and keeps what came before", async () => {
    const id = await open();
    await batchOf(await batches.append(id, 0, itemsFrom(0, 10)), 200);
    const [twin] = itemsFrom(3, 1);
    const again = await batches.append(id, 10, [...itemsFrom(10, 2), twin]);
    const problem = await refusalOf(again, "invalid_input");
    assert.deepEqual([problem.line, problem.errors?.[0]?.pointer], [3, "/custom_id"]);
    assert.equal((await batches.get(id)).received, 12);
    await close(id);
    await assertWhole(id, 12);
  });

  it("takes no more items, bytes or batches than are allowed, and says how many it has", async () => {
    const many = { model: "moody", items: itemsFrom(0, 101) };
    await refusalOf(await batches.json(many), "payload_too_large");
    await refusalOf(await batches.lines([HEAD, ...itemsFrom(0, 301)]), "payload_too_large");
    const id = await open();
    await batchOf(await batches.append(id, 0, itemsFrom(0, 299)), 200);
    const above = await refusalOf(
      await batches.append(id, 299, itemsFrom(299, 2)),
      "payload_too_large",
    );
    assert.equal(above.received, 299);
    const large = await open();
    const response = await batches.append(large, 0, itemsFrom(0, 30, 50_000));
    const full = await refusalOf(response, "quota_exceeded");
    assert.ok((full.received ?? 0) > 8 && (full.received ?? 0) < 20, String(full.received));
    assert.equal((await batches.get(large)).received, full.received);
    const third = await open();
    const refused = await batches.json({ model: "moody" });
    assert.match(refused.headers.get("ratelimit-policy") ?? "", /"tenant-batches";q=3;/);
    await refusalOf(refused, "quota_exceeded");
    await cancel(large);
    await cancel(third);
    const fits = await batches.lines([HEAD, ...itemsFrom(0, 10, 50_000)], { prefer: "wait=60" });
    assert.equal((await batchOf(fits, 200)).outcome, "all_succeeded");
    await cancel(id);
    const line = { input: { what: "x".repeat(24_000_000) } };
    const long = await refusalOf(await batches.lines([HEAD, line]), "payload_too_large");
    assert.equal(long.line, 2);
    assert.equal(await system.redis.client().get(keys.tenant("default:bytes")), "0");
  });

  it("by two at once goes through once, and neither is answered with a fault of ours", async () => {
    const id = await open();
    const both = await Promise.all(
      [1, 2].map(async () => batches.append(id, 0, itemsFrom(0, 200))),
    );
    for (const response of both) {
      if (response.status !== 200) await refusalOf(response, "items_out_of_place");
    }
    const { received } = await batches.get(id);
    await batchOf(await batches.append(id, received, itemsFrom(received, 200 - received)), 200);
    await close(id);
    await assertWhole(id, 200);
  });

  it(`cut at ${CUTS} random bytes and resumed has every item once`, async (t) => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    t.diagnostic(`SEED=${seed}`);
    const items = itemsFrom(0, 200, 20);
    const text = [HEAD, ...items].map((line) => `${JSON.stringify(line)}\n`).join("");
    const body = Buffer.from(text);
    const headBytes = Buffer.byteLength(JSON.stringify(HEAD)) + 1;
    const cuts = fc.sample(fc.integer({ min: headBytes, max: body.length - 1 }), {
      seed,
      numRuns: CUTS,
    });
    for (const [i, cut] of cuts.entries()) {
      let [key, id] = ["", ""];
      let tries = 0;
      await until("the upload has begun", async () => {
        // Again where it broke off before a busy gateway had begun to read it.
        tries += 1;
        key = `upload-${seed}-${i}-${tries}`;
        await cutOff("/v1/batches", body, cut, { "Idempotency-Key": key });
        id = (await newest()) ?? "";
        return id !== "";
      });
      const replay = await batches.lines([HEAD], { "idempotency-key": key });
      assert.equal(replay.headers.get("idempotent-replayed"), "true");
      assert.equal((await batchOf(replay, 202)).id, id);
      const there = (await batches.get(id)).received;
      assert.ok(there < wholeLines(body, cut), "no item that did not come whole");
      // Resumed from somewhere before, and cut once more.
      const from = Math.floor(there / 2);
      const rest = Buffer.from(
        items
          .slice(from)
          .map((one) => `${JSON.stringify(one)}\n`)
          .join(""),
      );
      await cutOff(`/v1/batches/${id}/items?from=${from}`, rest, cut % rest.length, {});
      await resume(id, items);
      await close(id);
      await assertWhole(id, items.length);
    }
  });

  /** The id of the one batch that is open, or undefined when none is for long. */
  async function newest(): Promise<string | undefined> {
    let id: string | undefined;
    const isOpen = async (): Promise<boolean> => {
      const response = await batches.send("GET", "?status=validating");
      const { data } = z
        .object({ data: z.array(z.looseObject({ id: z.string() })) })
        .parse(await response.json());
      id = data[0]?.id;
      return data.length === 1;
    };
    await until("there is an open batch", isOpen, OPEN_WITHIN_MS).catch(() => (id = undefined));
    return id;
  }

  /** As a client does it: what was sent before a cut may still be worked off. */
  async function resume(id: string, items: readonly Item[]): Promise<void> {
    await until("the rest is there", async () => {
      const { received } = await batches.get(id);
      const response = await batches.append(id, received, items.slice(received));
      if (response.ok) return (await batchOf(response)).received === items.length;
      await refusalOf(response, "items_out_of_place");
      return false;
    });
  }

  /** Sends `bytes` of a request's body, and destroys the connection. */
  async function cutOff(
    target: string,
    body: Buffer,
    bytes: number,
    more: Record<string, string>,
  ): Promise<void> {
    const { hostname, port, host } = new URL(system.url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const headers = {
      Host: host,
      "Content-Type": "application/x-ndjson",
      "Content-Length": String(body.length),
      ...keyHeader(system.url),
      ...more,
    };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(`POST ${target} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n`);
    const sent = Promise.withResolvers<void>();
    socket.write(body.subarray(0, bytes), () => sent.resolve());
    await sent.promise;
    socket.destroy();
    await once(socket, "close");
  }
});

/** Whole lines in the first bytes of a body. */
function wholeLines(body: Buffer, bytes: number): number {
  return body.subarray(0, bytes).filter((byte) => byte === NEWLINE).length;
}
