import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { postJson } from "../support/client.ts";
import { pacedModel } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const USAGE = `node test/bench/work-spread.ts

How work finds workers, with a model that runs one row at a time and sleeps a second over it:
- 32 jobs of one tick for eight workers: how long until the last has ended (4 s at best)
- a worker that starts beside a busy one: how long after it is ready until its first run begins
- a worker that is killed: how long until what it had runs elsewhere has ended
`;

const ROW_MS = 1000;
const WORKERS = 8;
const JOBS = 32;
/** The beginning of each run is in the log then. */
const OPTIONS = { WORKER_SLOTS: "1", LOG_LEVEL: "debug" };

async function main(): Promise<void> {
  if (process.argv.length > 2) return print(USAGE);
  const models = pacedModel({ batching: { max_batch_size: 1, max_queue_delay_ms: 0 } });
  try {
    await measure(models);
  } finally {
    rmSync(models, { recursive: true });
  }
}

async function measure(models: string): Promise<void> {
  await using system = await System.bare({ MODELS_DIR: models, ...OPTIONS });
  const { url } = await system.gateway();
  await system.courier();
  const first = await system.worker();
  const score = async (): Promise<number> => {
    const { status } = await postJson(`${url}/v1/models/paced/jobs`, { input: { ms: ROW_MS } });
    return status;
  };
  await score();

  const some = Array.from({ length: 6 }, score);
  await sleep(ROW_MS / 2);
  const second = await system.worker();
  const readyMs = performance.now();
  await until("the second runs one", () => second.log.includes("batch running"));
  print(`a new worker beside a busy one: its first run ${since(readyMs)} after it was ready`);
  await Promise.all(some);

  const more = Array.from({ length: WORKERS - 2 }, async () => system.worker());
  const workers = [first, second, ...(await Promise.all(more))];
  const before = performance.now();
  const statuses = await Promise.all(Array.from({ length: JOBS }, score));
  const succeeded = statuses.filter((status) => status === 200).length;
  print(`${JOBS} jobs, ${WORKERS} workers: ${succeeded} succeeded within ${since(before)}`);

  const [victim] = workers;
  const last = Array.from({ length: WORKERS }, score);
  await sleep(ROW_MS / 2);
  const killedMs = performance.now();
  await victim?.end("SIGKILL");
  await Promise.all(last);
  print(
    `a worker killed in a run: all has ended ${since(killedMs)} later, ${ROW_MS} ms of it a run`,
  );
}

function since(ms: number): string {
  return `${((performance.now() - ms) / 1000).toFixed(2)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
