import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { z } from "zod";
import { IdFactory } from "../../shared/id.ts";
import { accept, type NewPack } from "../../shared/pack/accept.ts";
import { atTime } from "../../shared/redis/script.ts";
import { readDataSet } from "../../shared/redis/data-set.ts";
import type { Lane } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { keys } from "../support/redis-keys.ts";
import { request, type Reply } from "../support/client.ts";
import { newJob, quota } from "../support/jobs.ts";
import { slowText } from "../support/models.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";
import { quantile } from "./report/statistics.ts";

const USAGE = `node test/bench/queue-position.ts [deepest]

Fills a queue to depths from 10 to 100,000 and asks jobs all along it when they will start: predicted
÷ real, and what one such question costs. Depths above <deepest> are left out.
`;

const LANE: Lane = { model: "slow-text@1", class: "interactive" };
/** Shallow queues are of slow jobs, two a batch: quick ones are gone before they can be asked. */
const GROUPS = [
  { text: "slow", rowsMax: 2, warmUp: 12, depths: [10, 50] },
  { text: "a", rowsMax: 8, warmUp: 20_000, depths: [1000, 10_000, 100_000] },
] as const;
type Group = (typeof GROUPS)[number];
const PROBES = 20;
const CALLS = 200;
/** A start that is this near is not a prediction, in ms. */
const REAL_MS_MIN = 100;
/** A gateway's view of a lane is a second old at most: what it saw while filling is forgotten. */
const VIEW_MS = 1100;
/** Packs on their way to Redis at a time. */
const CHUNK = 256;

interface BenchOptions {
  readonly redis: Redis;
  readonly url: string;
  readonly worker: Role;
  readonly ids: IdFactory;
  readonly group: Group;
}

class Bench {
  readonly #redis: Redis;
  readonly #url: string;
  readonly #worker: Role;
  readonly #ids: IdFactory;
  readonly #group: Group;
  readonly #shifts: Shifts;

  constructor({ redis, url, worker, ids, group }: BenchOptions) {
    this.#redis = redis;
    this.#url = url;
    this.#worker = worker;
    this.#ids = ids;
    this.#group = group;
    this.#shifts = new Shifts(redis);
  }

  /** Runs until the pace of the lane is that of such jobs. */
  async warmUp(): Promise<void> {
    this.#worker.child.kill("SIGSTOP");
    await this.#fill(this.#group.warmUp);
    this.#worker.child.kill("SIGCONT");
    await this.#drained();
  }

  async measure(depth: number): Promise<void> {
    this.#worker.child.kill("SIGSTOP");
    const ids = await this.#fill(depth);
    const cost = await this.#cost(ids);
    await sleep(VIEW_MS);
    this.#worker.child.kill("SIGCONT");
    const probes = Array.from(
      { length: PROBES },
      (_, i) => ids[Math.floor(((i + 0.5) * depth) / PROBES)] ?? "",
    );
    const [last = ""] = ids.slice(-1);
    await until(
      "it works",
      async () => Number(await this.#redis.hget(keys.flow(LANE), "running")) > 0,
    );
    await until("the worker is seen", async () => startOf(await this.#ask(last)) !== undefined);
    const askedMs = Date.now();
    const predicted = await Promise.all(probes.map(async (id) => startOf(await this.#ask(id))));
    await this.#drained();
    const ratios: number[] = [];
    for (const [i, id] of probes.entries()) {
      const { started_at: started } = jobSchema.parse((await this.#ask(id)).body);
      const realMs = Date.parse(started) - askedMs;
      const guess = predicted[i];
      if (guess !== undefined && realMs >= REAL_MS_MIN) ratios.push((guess - askedMs) / realMs);
    }
    const spread = [0.1, 0.5, 0.9].map((share) => quantile(ratios, share).toFixed(2));
    print(
      `${String(depth).padStart(7)} ${this.#group.text.padEnd(5)} predicted ÷ real: median ${spread[1]} (p10 ${spread[0]}, p90 ${spread[2]}; ${ratios.length} probes)  a call: ${cost.commands.toFixed(2)} commands, p50 ${cost.p50Ms.toFixed(2)} ms`,
    );
  }

  /** One pack a ms, so that the order of the queue and that of positions are one. */
  async #fill(count: number): Promise<string[]> {
    const { rowsMax, text } = this.#group;
    const ids: string[] = [];
    const firstMs = Date.now() - count / rowsMax;
    let sent: Promise<void>[] = [];
    for (let done = 0; done < count; done += rowsMax) {
      const nowMs = Math.floor(firstMs + done / rowsMax);
      const name = this.#ids.packName(nowMs);
      const jobs = Array.from({ length: Math.min(rowsMax, count - done) }, (_, i) =>
        newJob(LANE, text, { id: this.#ids.jobId(name, i, "default"), waiter: undefined }),
      );
      ids.push(...jobs.map(({ id }) => id));
      sent.push(this.#send({ name, nonce: name, jobs, isTaken: false }, nowMs));
      if (sent.length < CHUNK) continue;
      await Promise.all(sent);
      sent = [];
    }
    await Promise.all(sent);
    return ids;
  }

  async #send(pack: NewPack, nowMs: number): Promise<void> {
    const options = { lane: LANE, packs: [pack], quota: quota() };
    const { arm } = await accept(atTime(this.#redis, nowMs), options);
    if (arm) await this.#shifts.add(LANE);
  }

  /** Of one question after the other, all along the queue. */
  async #cost(ids: readonly string[]): Promise<{ commands: number; p50Ms: number }> {
    const before = await commandsOf(this.#redis);
    const took: number[] = [];
    for (let i = 0; i < CALLS; i += 1) {
      const beganMs = performance.now();
      await this.#ask(ids[Math.floor((i * ids.length) / CALLS)] ?? "");
      took.push(performance.now() - beganMs);
    }
    return {
      commands: ((await commandsOf(this.#redis)) - before) / CALLS,
      p50Ms: quantile(took, 0.5),
    };
  }

  async #ask(id: string): Promise<Reply> {
    return request(`${this.#url}/v1/jobs/${id}`);
  }

  async #drained(): Promise<void> {
    const isEmpty = async (): Promise<boolean> =>
      (await this.#redis.zcard(keys.outstanding(LANE))) === 0;
    await until("all have ended", isEmpty, 600_000);
  }
}

async function main(): Promise<void> {
  const [given = "100000"] = process.argv.slice(2);
  const deepest = Number(given);
  if (!(deepest >= 10)) return print(USAGE);
  for (const group of GROUPS) {
    const depths = group.depths.filter((depth) => depth <= deepest);
    if (depths.length > 0) await measureGroup(group, depths);
  }
}

async function measureGroup(group: Group, depths: readonly number[]): Promise<void> {
  const batching = { max_batch_size: group.rowsMax, max_queue_delay_ms: 0 };
  const models = slowText({ run_timeout_ms: 100_000, batching });
  await using system = await System.bare({ MODELS_DIR: models, WORKER_SLOTS: "1" });
  const [{ url }, worker] = await Promise.all([
    system.gateway(),
    system.worker(),
    system.courier(),
  ]);
  const redis = system.redis.client();
  const ids = new IdFactory((await readDataSet(redis)).secret);
  const bench = new Bench({ redis, url, worker, ids, group });
  await bench.warmUp();
  for (const depth of depths) await bench.measure(depth);
  rmSync(models, { recursive: true });
}

const jobSchema = z.looseObject({ started_at: z.string() });
const standingSchema = z.object({ estimated_start_at: z.string().nullable() }).nullable();

/** Epoch ms; undefined when it is not known, or the job has been taken. */
function startOf({ body }: Reply): number | undefined {
  const at = standingSchema.parse(body["queue"] ?? null)?.estimated_start_at;
  return at === null || at === undefined ? undefined : Date.parse(at);
}

/** That Redis has carried out for scripts' callers: A script counts as one, what it calls is in it. */
async function commandsOf(redis: Redis): Promise<number> {
  const stats = await redis.info("commandstats");
  return ["eval", "evalsha", "llen", "zrange", "hmget", "hgetall"].reduce((sum, name) => {
    const calls = new RegExp(`^cmdstat_${name}:calls=(\\d+)`, "m").exec(stats)?.[1];
    return sum + Number(calls ?? 0);
  }, 0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
