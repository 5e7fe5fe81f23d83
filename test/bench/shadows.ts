import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, postJson } from "../support/client.ts";
import { pacedModel } from "../support/models.ts";
import { sumOf, scrape } from "../support/metrics.ts";
import { randomFrom } from "../support/bulk/mayhem.ts";
import { System } from "../support/system.ts";
import { quantile } from "./report/statistics.ts";

const USAGE = `node test/bench/shadows.ts [rounds]

What live jobs take while a shadow scores all of them as well, divided by what they take without it, at 70 % of
what the worker can do. Both in each round, in turns; 5 rounds by default.
`;

/** Of a run, without a core: the figures are the queue's, and not this machine's. */
const RUN_MS = 60;
const SLOTS = 2;
const LOAD = 0.7;
const JOBS_A_SECOND = (LOAD * SLOTS * 1000) / RUN_MS;
const WINDOW_MS = 12_000;

async function main(): Promise<void> {
  const [given = "5"] = process.argv.slice(2);
  const rounds = Number(given);
  if (!(rounds >= 1)) return print(USAGE);
  const models = pacedModel({ batching: { max_batch_size: 1, max_queue_delay_ms: 0 } });
  await using system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: String(SLOTS) });
  const variants = [{ name: "live", model: "paced@1" }];
  for (const [name, shadows] of [
    ["alone", []],
    ["beside", [{ name: "next", model: "paced@1" }]],
  ] as const) {
    await ask(`${system.url}/v1/endpoints/${name}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ variants, shadows }),
    });
  }
  await timesOf(system.url, "beside", 0);
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const alone = await timesOf(system.url, "alone", round);
    const beside = await timesOf(system.url, "beside", round);
    ratios.push(beside.p99Ms / alone.p99Ms);
    print(
      `round ${round}  alone p50 ${alone.p50Ms.toFixed(1)} p99 ${alone.p99Ms.toFixed(1)} ms  ` +
        `beside p50 ${beside.p50Ms.toFixed(1)} p99 ${beside.p99Ms.toFixed(1)} ms`,
    );
    // What is left of shadows is not to disturb the round that has none.
    await sleep(2000);
  }
  const samples = await scrape(system.url);
  const count = (outcome: string): number =>
    sumOf(samples, "scoreline_shadow_jobs_total", { outcome });
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  print(
    `p99 beside ÷ alone: median ${quantile(ratios, 0.5).toFixed(2)}, ${least.toFixed(2)} to ${most.toFixed(2)}`,
  );
  print(`shadows: ${count("accepted")} accepted, ${count("dropped")} dropped`);
  rmSync(models, { recursive: true });
}

/** Jobs that come at random, the same in each round whatever stands beside. */
async function timesOf(url: string, name: string, seed: number) {
  const random = randomFrom(seed);
  const took: number[] = [];
  const sent: Promise<void>[] = [];
  const beganMs = performance.now();
  const send = async (): Promise<void> => {
    const sentMs = performance.now();
    const job = `${url}/v1/models/${name}/jobs`;
    const { status } = await postJson(job, { input: { ms: RUN_MS } }, "wait=60");
    if (status !== 200) throw new Error(`answered ${status}`);
    took.push(performance.now() - sentMs);
  };
  for (let atMs = 0; atMs < WINDOW_MS; atMs += (-Math.log(1 - random()) * 1000) / JOBS_A_SECOND) {
    const waitMs = beganMs + atMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    sent.push(send());
  }
  await Promise.all(sent);
  return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
