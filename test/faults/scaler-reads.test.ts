import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { z } from "zod";
import { jobClasses, laneName, type JobClass } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { randomFrom } from "../support/bulk/mayhem.ts";
import { answerSchema, ask, keyHeader, postJson } from "../support/client.ts";
import { whileFrozen } from "../support/frozen.ts";
import { ScalerConnection } from "../support/scaler/scaler-connection.ts";
import { scrape, sumOf } from "../support/metrics.ts";
import { freePort } from "../support/redis.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const INSTANTS = Number(process.env["INSTANTS"] ?? "100");
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
/** Of instants; there are two workers, and one lives on. */
const KILL_EVERY = 20;
/** Of instants: all rest until nothing is left, so that zeros are among what is seen. */
const REST_EVERY = 25;
/** Who send rounds of work, and what is in each. */
const [CLIENTS, SINGLES, ITEMS] = [3, 12, 40];
const [BETWEEN_MS, REST_MS] = [120, 500];
/** Rounds with a text that holds a slot for a second, and rounds that are awaited, of all. */
const [SLOW, AWAITED] = [0.2, 0.6];
/** Rounds of a client that may be open: however slow the machine, a tenant may have 10 batches at a time. */
const OPEN_MOST = 3;
const LIMIT_MS = 300_000;

const lanes = jobClasses.map((jobClass) => ({ model: "slow-text@1", class: jobClass }));
const lists = lanes.map(keys.load);

/**
 * Work that was accepted and has not ended, by lane: counted in the records of packs and of chunks, found
 * by the listings of jobs and of batches, which neither the load lists nor what mends them have a part in.
 * A job that has moved out of its pack is in one of its own. A chunk is work from when it was queued.
 */
const COUNT = `
  local counts = {}
  local digits = '0123456789abcdefghjkmnpqrstvwxyz'
  local function add(lane, many) counts[lane] = (counts[lane] or 0) + many end
  local function addPack(name)
    local states, lane = unpack(redis.call('HMGET', ARGV[1] .. name, 's', 'ln'))
    for i = 1, #(states or '') do
      local state = string.sub(states, i, i)
      if state == 'W' then add(lane, 1) end
      if state == 'M' then addPack(name .. string.sub(digits, i, i)) end
    end
  end
  for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    addPack(string.match(member, '^[^:]+'))
  end
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    local chunks = redis.call('HGET', ARGV[2] .. id, 'k')
    for number = 0, tonumber(chunks or '0') - 1 do
      local c = redis.call('HMGET', ARGV[1] .. id .. '/' .. number, 's', 'n', 'ok', 'ln')
      if c[1] == 'q' or c[1] == 'r' then add(c[4], c[2] - (c[3] or 0)) end
    end
  end
  return { counts[ARGV[3]] or 0, counts[ARGV[4]] or 0 }`;

describe("what KEDA reads of Redis", () => {
  const random = randomFrom(SEED);
  const stopping = new AbortController();
  let system: System;
  let redis: Redis;
  let connection: ScalerConnection;
  let workers: readonly Role[];
  let url = "";
  let courier = "";
  let isResting = false;

  before(async () => {
    system = await System.bare({
      MODELS_DIR: "test/fixtures/models",
      WORKER_MODELS: "slow-text",
      WORKER_SLOTS: "1",
    });
    redis = system.redis.client();
    workers = [system.startingWorker(), system.startingWorker()];
    const port = String(await freePort());
    courier = `http://127.0.0.1:${port}`;
    const healthy = { env: { HEALTH_PORT: port } };
    [{ url }] = await Promise.all([system.gateway(), system.courier(healthy)]);
    await Promise.all(workers.map(async (worker) => worker.ready()));
    connection = await ScalerConnection.open(system.redis.urlOf("keda"));
  });
  after(async () => {
    connection[Symbol.dispose]();
    await system[Symbol.asyncDispose]();
  });

  const outstanding = async (): Promise<unknown> =>
    redis.eval(
      COUNT,
      2,
      keys.jobs("default"),
      keys.batches("default"),
      keys.pack(""),
      keys.batch(""),
      ...lanes.map(laneName),
    );
  const read = async (): Promise<number[]> => {
    const lengths: number[] = [];
    for (const list of lists) lengths.push(await connection.length(list));
    return lengths;
  };

  const drained = async (): Promise<void> =>
    until("all have ended", async () => (await read()).every((length) => length === 0), LIMIT_MS);
  const mended = async (): Promise<[missing: number, surplus: number]> => {
    const samples = await scrape(courier);
    const of = (kind: string): number => sumOf(samples, "scoreline_janitor_healed_total", { kind });
    return [of("load_missing"), of("load_surplus")];
  };

  it(`is what was accepted and has not ended, at ${INSTANTS} instants of mixed load with killed workers`, async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const load = Promise.all(Array.from({ length: CLIENTS }, work));
    const seen: number[][] = [];
    for (let i = 1; i <= INSTANTS; i++) {
      // The instants are chance; nothing is expected of the time between them.
      await sleep(random() * BETWEEN_MS);
      isResting = i % REST_EVERY === 0;
      if (isResting) await drained();
      const [lengths, truth] = await whileFrozen(system.roles, redis, async () => [
        await read(),
        await outstanding(),
      ]);
      assert.deepEqual(lengths, truth, `instant ${i}`);
      seen.push(z.array(z.number()).parse(lengths));
      if (i % KILL_EVERY === 0) await replaceWorker();
    }
    stopping.abort();
    const counts = await load;
    await drained();
    assert.deepEqual(await outstanding(), [0, 0]);
    assert.deepEqual(await mended(), [0, 0], "the courier mends nothing that is right");
    for (const [i, jobClass] of jobClasses.entries()) {
      const lengths = seen.map((both) => both[i] ?? 0);
      assert.ok(Math.max(...lengths) > 0 && lengths.includes(0), summaryOf(lengths));
      t.diagnostic(`${jobClass}: ${summaryOf(lengths)}`);
    }
    const jobs = counts.reduce((sum, count) => sum + count, 0);
    t.diagnostic(`${jobs} jobs and items, ${Math.floor(INSTANTS / KILL_EVERY)} workers killed`);
  });

  it("is mended by the courier when it has drifted, and counted", async () => {
    const [few = "", many = ""] = lists;
    await Promise.all(workers.map(async (worker) => worker.end("SIGKILL")));
    await Promise.all([single("interactive", "a"), single("interactive", "b"), batch()]);
    await until("all of it is load", async () => String(await read()) === String([2, ITEMS]));
    await Promise.all([redis.lpop(few), redis.rpush(many, "1", "1")]);
    await until("both are mended", async () => {
      const [missing, surplus] = await mended();
      return missing > 0 && surplus > 0;
    });
    assert.deepEqual(await read(), [2, ITEMS]);
    assert.deepEqual(await mended(), [1, 2]);
  });

  /** Rounds of single jobs of both classes and a batch, with rests between. @returns how many were sent */
  async function work(): Promise<number> {
    const open: (() => Promise<unknown>)[] = [];
    let count = 0;
    while (!stopping.signal.aborted) {
      if (isResting) {
        await sleep(REST_MS);
        continue;
      }
      const isSlow = random() < SLOW;
      const singles = Array.from({ length: SINGLES }, async (_, i) =>
        single(jobClasses[i % 2], isSlow && i === 0 ? "slow" : `q${i}`),
      );
      const ids = await Promise.all([...singles, batch()]);
      count += SINGLES + ITEMS;
      open.push(async () => Promise.all(ids.map(async (path) => endOf(path))));
      const isAwaited = random() < AWAITED;
      while (open.length >= (isAwaited ? 1 : OPEN_MOST)) await open.shift()?.();
      if (isAwaited) await sleep(random() * REST_MS);
    }
    return count;
  }

  async function single(priority: JobClass | undefined, text: string): Promise<string> {
    const target = `${url}/v1/models/slow-text/jobs`;
    const { status, body } = await postJson(target, { input: { text }, priority }, "");
    assert.equal(status, 202, JSON.stringify(body));
    return `/v1/jobs/${body.id}`;
  }

  async function batch(): Promise<string> {
    const items = Array.from({ length: ITEMS }, (_, i) => ({ input: { text: `i${i}` } }));
    const response = await ask(`${url}/v1/batches`, {
      method: "POST",
      headers: { "content-type": "application/json", ...keyHeader(url) },
      body: JSON.stringify({ model: "slow-text", items }),
    });
    const body = answerSchema.parse(await response.json());
    assert.equal(response.status, 202, JSON.stringify(body));
    return `/v1/batches/${body.id}`;
  }

  async function endOf(path: string): Promise<void> {
    await until(`${path} has ended`, async () => hasEnded(path), LIMIT_MS);
  }

  /** @throws when it ended otherwise than it may */
  async function hasEnded(path: string): Promise<boolean> {
    const response = await ask(`${url}${path}?wait=60`);
    const { status, error } = answerSchema.parse(await response.json());
    if (["queued", "running", "in_progress"].includes(String(status))) return false;
    // Whose workers were killed more often than it may be retried has ended as well.
    const isLost = ["worker_lost", "poisoned"].includes(error?.code ?? "");
    const isEnded = status === "succeeded" || status === "completed" || isLost;
    assert.ok(isEnded, `${path}: ${status} ${error?.code}`);
    return true;
  }

  /** The one that has lived longest, when both are ready. */
  async function replaceWorker(): Promise<void> {
    const [victim, other] = workers;
    await Promise.all(workers.map(async (worker) => worker.ready()));
    await victim?.end("SIGKILL");
    workers = [...(other === undefined ? [] : [other]), system.startingWorker()];
  }
});

function summaryOf(lengths: readonly number[]): string {
  const zero = lengths.filter((length) => length === 0).length;
  return `0 at ${zero} instants of ${lengths.length}, ${Math.max(...lengths)} at most`;
}
