import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { BatchItem } from "../../shared/batch/items.ts";
import { packRows } from "../../shared/job/payload.ts";
import { accept, packDispatches } from "../../shared/job/accept.ts";
import { contractOf } from "../../shared/model/manifest.ts";
import { DispatchQueue } from "../../shared/dispatch/dispatch-queue.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { newJob, quota } from "../support/jobs.ts";
import { queueBatch } from "../support/queued-batch.ts";
import { readManifest } from "../support/score.ts";
import { System } from "../support/system.ts";
import { childrenOf, cpuSeconds } from "./measure/processes.ts";

const USAGE = `node test/bench/bulk-rows.ts [rounds]

Rows a second through one worker of one slot, and CPU a row: chunks of 64 items, each with an outcome
of its own, against jobs of 64 rows that end as a whole. Both are queued before the worker goes on.
`;

const LANE: Lane = { model: "wine@1", class: "bulk" };
const ROWS = 64;
const UNITS = 300;
const POLL_MS = 2;

const goldenSchema = z.object({ cases: z.array(z.object({ input: z.unknown() })) });
const golden = goldenSchema.parse(JSON.parse(readFileSync("models/wine/1/golden.json", "utf8")));
const contract = contractOf(readManifest("models/wine/1"));
const rows = golden.cases.map(({ input }) => contract.input.parse(input));
const row = (i: number): Buffer => rows[i % rows.length] ?? Buffer.alloc(0);

/** @returns how many rows of those that have ended succeeded */
type Succeeded = () => Promise<number>;

async function queueJobs(redis: Redis): Promise<Succeeded> {
  const ids: string[] = [];
  const queue = new DispatchQueue(redis);
  const payload = packRows(Array.from({ length: ROWS }, (_, i) => row(i)));
  for (let unit = 0; unit < UNITS; unit++) {
    const job = newJob(LANE, "", { payload, rows: ROWS, form: "many", waiter: undefined });
    ids.push(job.id);
    const dispatches = packDispatches(LANE, [job], ROWS);
    const [verdict] = await accept(redis, {
      lane: LANE,
      jobs: [job],
      dispatches,
      quota: quota(),
    });
    if (verdict?.kind !== "accepted") throw new Error(`the job is ${verdict?.kind}`);
    await Promise.all(dispatches.map(async (dispatch) => queue.add(dispatch)));
  }
  return async () => {
    const ends = await Promise.all(ids.map(async (id) => redis.hget(keys.job(id), "s")));
    return ROWS * ends.filter((end) => end === "succeeded").length;
  };
}

async function queueChunks(redis: Redis): Promise<Succeeded> {
  const item = (i: number): BatchItem => ({
    customId: `row-${i}`,
    parameters: undefined,
    row: row(i),
  });
  const chunk = Array.from({ length: ROWS }, (_, i) => item(i));
  const chunks = Array.from({ length: UNITS }, () => chunk);
  const id = await queueBatch(redis, LANE, chunks);
  return async () => Number(await redis.hget(keys.batch(id), "ok"));
}

const ARMS = { jobs: queueJobs, chunks: queueChunks } as const;
type Name = keyof typeof ARMS;

interface Sample {
  readonly rate: number;
  /** Microseconds of CPU a row, by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

async function main(): Promise<void> {
  const rounds = Number(process.argv[2] ?? "5");
  if (!(rounds >= 1)) return print(USAGE);
  await using system = await System.bare({ WORKER_MODELS: "wine", WORKER_SLOTS: "1" });
  const redis = system.redis.client();
  await redis.config("SET", "appendfsync", "everysec");
  const worker = await system.worker();
  const redisPid = Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
  const pids = { worker: worker.pid, redis: redisPid, runner: childrenOf(worker.pid)[0] ?? 0 };
  const measure = async (name: Name): Promise<Sample> => {
    worker.child.kill("SIGSTOP");
    const succeeded = await ARMS[name](redis);
    const before = Object.values(pids).map(cpuSeconds);
    const startMs = performance.now();
    worker.child.kill("SIGCONT");
    while ((await redis.zcard(keys.outstanding(LANE))) > 0) await sleep(POLL_MS);
    const seconds = (performance.now() - startMs) / 1000;
    const perRow = 1e6 / (ROWS * UNITS);
    const cpu = Object.entries(pids).map(([role, pid], i) => [
      role,
      (cpuSeconds(pid) - (before[i] ?? 0)) * perRow,
    ]);
    const right = await succeeded();
    if (right !== ROWS * UNITS) throw new Error(`${name}: ${right} rows succeeded`);
    return { rate: (ROWS * UNITS) / seconds, cpu: Object.fromEntries(cpu) };
  };
  const samples: Record<Name, Sample[]> = { jobs: [], chunks: [] };
  for (const name of ["jobs", "chunks"] as const) await measure(name);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["jobs", "chunks"] as const) : (["chunks", "jobs"] as const);
    for (const name of order) samples[name].push(await measure(name));
  }
  for (const name of ["jobs", "chunks"] as const) {
    const cpu = Object.keys(pids).map((role) => {
      const spent = median(samples[name].map((sample) => sample.cpu[role] ?? 0));
      return `${role} ${spent.toFixed(1)}`;
    });
    const rate = median(samples[name].map((sample) => sample.rate));
    print(`${name.padEnd(6)} ${Math.round(rate)} rows/s; CPU µs a row: ${cpu.join(", ")}`);
  }
  const ratios = samples.chunks.map(({ rate }, i) => rate / (samples.jobs[i]?.rate ?? Number.NaN));
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  print(`chunks ÷ jobs: median ${median(ratios).toFixed(2)} of ${rounds} rounds (${spread})`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
