import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { BatchItem } from "../../shared/batch/items.ts";
import { contractOf } from "../../shared/model/manifest.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "../support/redis-keys.ts";
import { queueBatch } from "../support/queued-batch.ts";
import { readManifest } from "../support/score.ts";
import { System } from "../support/system.ts";
import { childrenOf, cpuSeconds } from "./measure/processes.ts";

const USAGE = `node test/bench/bulk-rows.ts [rounds]

Rows a second through one worker of one slot, and CPU a row: a batch in chunks of 1,024 items against the
same in chunks of 64, the model's tensor batch. All is queued before the worker goes on.
`;

const LANE: Lane = { model: "wine@1", class: "bulk" };
const ROWS = 19 * 1024;
const POLL_MS = 2;

const goldenSchema = z.object({ cases: z.array(z.object({ input: z.unknown() })) });
const golden = goldenSchema.parse(JSON.parse(readFileSync("models/wine/1/golden.json", "utf8")));
const contract = contractOf(readManifest("models/wine/1"));
const rows = golden.cases.map(({ input }) => contract.input.parse(input));
const item = (i: number): BatchItem => ({
  customId: `row-${i}`,
  parameters: undefined,
  row: rows[i % rows.length] ?? Buffer.alloc(0),
});

const ARMS = { small: 64, large: 1024 } as const;
type Name = keyof typeof ARMS;
const NAMES = ["small", "large"] as const;

/** @returns the id of the batch */
async function queue(redis: Redis, rowsOfChunk: number): Promise<string> {
  const chunk = Array.from({ length: rowsOfChunk }, (_, i) => item(i));
  return queueBatch(
    redis,
    LANE,
    Array.from({ length: ROWS / rowsOfChunk }, () => chunk),
  );
}

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
    const id = await queue(redis, ARMS[name]);
    const before = Object.values(pids).map(cpuSeconds);
    const startMs = performance.now();
    worker.child.kill("SIGCONT");
    while ((await redis.zcard(keys.outstanding(LANE))) > 0) await sleep(POLL_MS);
    const seconds = (performance.now() - startMs) / 1000;
    const perRow = 1e6 / ROWS;
    const cpu = Object.entries(pids).map(([role, pid], i) => [
      role,
      (cpuSeconds(pid) - (before[i] ?? 0)) * perRow,
    ]);
    const right = Number(await redis.hget(keys.batch(id), "ok"));
    if (right !== ROWS) throw new Error(`${name}: ${right} rows succeeded`);
    return { rate: ROWS / seconds, cpu: Object.fromEntries(cpu) };
  };
  const samples: Record<Name, Sample[]> = { small: [], large: [] };
  for (const name of NAMES) await measure(name);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? NAMES : NAMES.toReversed();
    for (const name of order) samples[name].push(await measure(name));
  }
  for (const name of NAMES) {
    const cpu = Object.keys(pids).map((role) => {
      const spent = median(samples[name].map((sample) => sample.cpu[role] ?? 0));
      return `${role} ${spent.toFixed(1)}`;
    });
    const rate = median(samples[name].map((sample) => sample.rate));
    print(`${name.padEnd(6)} ${Math.round(rate)} rows/s; CPU µs a row: ${cpu.join(", ")}`);
  }
  const ratios = samples.large.map(({ rate }, i) => rate / (samples.small[i]?.rate ?? Number.NaN));
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  print(`large ÷ small: median ${median(ratios).toFixed(2)} of ${rounds} rounds (${spread})`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
