import { parseArgs } from "node:util";
import { keys } from "../support/redis-keys.ts";
import { BulkClient } from "../support/bulk/client.ts";
import { Mayhem } from "../support/bulk/mayhem.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { residentBytes } from "./measure/processes.ts";

const USAGE = `node test/bench/bulk.ts [--rows 1000000] [--kills 0] [--seed n]

Uploads rows of the wine model as NDJSON, scores them, and compares every result with ONNX Runtime's
own. Prints how much memory the gateway took, what Redis holds per queued row beyond its payload, and
rows a second. With --kills, workers are killed so often at random, and the gateway and the courier a
fifth as often each.
`;

const MIB = 1024 * 1024;
const lane = { model: "wine@1", class: "bulk" } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "1000000" },
      kills: { type: "string", default: "0" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return print(USAGE);
  const [rows, kills, seed] = [Number(values.rows), Number(values.kills), Number(values.seed)];
  print(`${rows} rows, ${kills} workers to be killed, seed ${seed}`);
  await using system = await System.bare();
  const mayhem = await Mayhem.start(system, seed);
  const client = new BulkClient(() => mayhem.url);
  const redis = system.redis.client();
  const usedBytes = async (): Promise<number> =>
    Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);

  const emptyBytes = await usedBytes();
  const peak = new PeakMemory(() => mayhem.gatewayPid);
  let startMs = performance.now();
  let breaks = 0;
  if (kills > 0) mayhem.rage(Math.ceil(kills / 5), { workers: 0, spreadMs: rows / 50 });
  const id = await client.submitWine(rows, () => (breaks += 1));
  await until("all is launched", async () => (await redis.llen(keys.load(lane))) === rows, 300_000);
  print(`uploaded at ${perSecond(rows, startMs)} rows/s, resumed ${breaks} times`);
  const payloadBytes = Number(await redis.hget(keys.flow(lane), "bytes"));
  const held = (await usedBytes()) - emptyBytes - payloadBytes;
  print(`Redis bytes per queued row beyond its payload: ${(held / rows).toFixed(1)} (limit 60)`);
  if (kills === 0) {
    print(`gateway RSS grew by ${(peak.growthBytes() / MIB).toFixed(0)} MiB (limit 150)`);
  }

  startMs = performance.now();
  await mayhem.addWorker();
  if (kills > 0) mayhem.rage(Math.ceil(kills / 5), { workers: kills, spreadMs: rows / 20 });
  await until(
    "it has ended",
    async () => {
      const { status, counts } = await client.get(id);
      const { total, ...rest } = counts;
      const sum = Object.values(rest).reduce((a, b) => a + b, 0);
      if (sum !== total || total !== rows) throw new Error(`counts: ${JSON.stringify(counts)}`);
      return status === "completed";
    },
    3_600_000,
  );
  await mayhem.calm();
  print(`scored at ${perSecond(rows, startMs)} rows/s; ${mayhem.told()}`);
  startMs = performance.now();
  const { worst } = await client.checkWine(id, rows);
  const { counts } = await client.get(id);
  print(`read and compared at ${perSecond(rows, startMs)} rows/s: all there, once, in order`);
  print(`succeeded ${counts.succeeded}, same labels, largest difference ${worst.toExponential(1)}`);
  if (counts.succeeded !== rows || worst > 1e-4) process.exitCode = 1;
}

/** The largest resident size of a process, looked at ten times a second. */
class PeakMemory {
  readonly #pid: () => number;
  readonly #first: number;
  #most = 0;

  constructor(pid: () => number) {
    this.#pid = pid;
    this.#first = residentBytes(pid());
    setInterval(() => (this.#most = Math.max(this.#most, residentBytes(this.#pid()))), 100).unref();
  }

  growthBytes(): number {
    return this.#most - this.#first;
  }
}

function perSecond(rows: number, sinceMs: number): string {
  return ((rows * 1000) / (performance.now() - sinceMs)).toFixed(0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
