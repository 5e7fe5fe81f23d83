import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { Lane } from "../../shared/lane.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { newBatch, batchQuota, textItems } from "../support/batches.ts";
import { packItems } from "../../shared/batch/items.ts";
import { appendChunk, createBatch } from "../../shared/batch/batches.ts";
import { ask } from "../support/client.ts";
import { costOf, type Cost } from "../support/commands.ts";
import { System } from "../support/system.ts";

/** 100,000 with `JOBS=100000`, and a hundredth of it batches: more than every run can wait for. */
const JOBS = Number(process.env["JOBS"] ?? 4000);
/** More than a page looks at, when nothing passes its filter. */
const FEW_JOBS = 1200;
/** A job a pack costs a listing most; the packs of one tick come with one script. */
const PACKS_A_TICK = 50;
/** More than a page of batches shows. */
const FEW_BATCHES = 30;
const ITEMS = 40;
/** The best of them counts: a gateway does things of its own meanwhile, on a busy machine in each. */
const LOOKS = 4;
const OWN = { commands: 32, bytes: 4096 };
const TRIES_MAX = 20;

const madeSchema = z.looseObject({ id: z.string() });

const lane: Lane = { model: "elsewhere@1", class: "bulk" };

describe("what the console's pages cost Redis", () => {
  let system: System;
  let redis: Redis;
  let url = "";
  let batch = "";
  let job = "";
  before(async () => {
    system = await System.bare();
    redis = system.redis.client();
    ({ url } = await system.gateway());
    const post = async (path: string, body: unknown): Promise<string> => {
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return madeSchema.parse(await (await ask(`${url}${path}`, init)).json()).id;
    };
    const items = Array.from({ length: ITEMS }, (_, i) => ({ input: { text: `question ${i}` } }));
    batch = await post("/v1/batches", { model: "faq-javascript", items });
    await ask(`${url}/v1/batches/${batch}/cancel`, { method: "POST" });
    job = await post("/v1/models/faq-javascript/jobs", { input: { text: "how do i sleep" } });
  });
  after(async () => system[Symbol.asyncDispose]());

  it(`is the same with ${JOBS} jobs and ${JOBS / 100} batches as with a few`, async (t) => {
    await addJobs(FEW_JOBS);
    await addBatches(FEW_BATCHES);
    const few = await costs();
    await addJobs(JOBS - FEW_JOBS);
    await addBatches(JOBS / 100 - FEW_BATCHES);
    const many = await costs();
    for (const [page, { commands, bytes }] of Object.entries(many)) {
      t.diagnostic(`${page}: ${commands} commands, ${bytes} bytes`);
      const earlier = few[page] ?? { commands: 0, bytes: 0 };
      assert.ok(commands <= earlier.commands + OWN.commands, `${page}: ${earlier.commands} before`);
      assert.ok(bytes <= earlier.bytes + OWN.bytes, `${page}: ${earlier.bytes} bytes before`);
    }
  });

  /** What each page asks for when it is opened. */
  const pages = (): Readonly<Record<string, readonly string[]>> => ({
    jobs: ["/v1/jobs"],
    "jobs that failed": ["/v1/jobs?status=failed"],
    "a job": [`/v1/jobs/${job}`],
    batches: ["/v1/batches"],
    "a batch": [`/v1/batches/${batch}`, `/v1/batches/${batch}/results?order=completion&limit=20`],
    models: ["/v1/models"],
    queue: ["/v1/queue"],
  });

  async function costs(): Promise<Readonly<Record<string, Omit<Cost, "scripts">>>> {
    const found: Record<string, Omit<Cost, "scripts">> = {};
    for (const [page, paths] of Object.entries(pages())) {
      const looks: Cost[] = [];
      for (let tries = 0; looks.length < LOOKS && tries < TRIES_MAX; tries += 1) {
        let isWhole = true;
        const cost = await costOf(redis, async () => {
          for (const path of paths) isWhole = (await answers(path)) && isWhole;
        });
        if (isWhole) looks.push(cost);
      }
      assert.equal(looks.length, LOOKS, page);
      const best = (of: (cost: Cost) => number): number => Math.min(...looks.map(of));
      found[page] = { commands: best((cost) => cost.commands), bytes: best((cost) => cost.bytes) };
    }
    return found;
  }

  /** Whether it was answered: a gateway on a machine that is busy may have no time for Redis. */
  async function answers(path: string): Promise<boolean> {
    const answer = await ask(`${url}${path}`);
    const text = await answer.text();
    assert.ok(answer.ok || answer.status === 503, `${path}: ${text}`);
    return answer.ok;
  }

  async function addJobs(count: number): Promise<void> {
    for (let left = count; left > 0; left -= PACKS_A_TICK) {
      const packs = Array.from({ length: Math.min(left, PACKS_A_TICK) }, () => newPack(lane, [{}]));
      await acceptPacks(redis, lane, packs);
    }
  }

  async function addBatches(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const made = newBatch(lane);
      await createBatch(redis, made, batchQuota.tenantBatches * 100);
      const items = textItems(["a", "b"]);
      const chunk = { batch: made.id, lane, tenant: made.tenant, number: 0, firstIndex: 0 };
      const packed = { items: items.length, packed: packItems(items), hasCustomIds: true };
      await appendChunk(redis, { ...chunk, ...packed }, batchQuota);
    }
  }
});
