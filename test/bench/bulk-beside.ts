import { setTimeout as sleep } from "node:timers/promises";
import { BulkClient } from "../support/bulk/client.ts";
import { wineLines } from "../support/bulk/wine.ts";
import { ask } from "../support/client.ts";
import { askAs } from "../support/neighbours.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { MODEL, readQuestions } from "./workloads/questions.ts";
import { quantile } from "./report/statistics.ts";

const USAGE = `node test/bench/bulk-beside.ts [rounds]

Interactive questions beside a batch that saturates the worker: their p50 and p99 beside it as a ratio
of those alone, and what of its pace alone the batch keeps. Windows of 4 s; 5 rounds by default.
`;

/** Enough that the worker never waits for them. */
const CLIENTS = 16;
const WINDOW_MS = 4000;
const ROWS = 600_000;

async function main(): Promise<void> {
  const [given = "5"] = process.argv.slice(2);
  const rounds = Number(given);
  if (!(rounds >= 1)) return print(USAGE);
  await using system = await System.start();
  const client = new BulkClient(() => system.url);
  const ratios = { p50: [] as number[], p99: [] as number[], pace: [] as number[] };
  await interactive(system.url);
  for (let round = 1; round <= rounds; round += 1) {
    const alone = await interactive(system.url);
    const batch = await submit(system.url);
    await until("it runs", async () => (await client.get(batch)).counts.succeeded > 0);
    const paceAlone = await pace(client, batch, async () => sleep(WINDOW_MS));
    let beside = alone;
    const paceBeside = await pace(client, batch, async () => {
      beside = await interactive(system.url);
    });
    const { counts } = await client.get(batch);
    if (counts.queued === 0) print("the batch ended too soon: this round tells nothing");
    await ask(`${system.url}/v1/batches/${batch}/cancel`, { method: "POST" });
    await until("it is over", async () => (await client.get(batch)).status !== "canceling");
    ratios.p50.push(beside.p50Ms / alone.p50Ms);
    ratios.p99.push(beside.p99Ms / alone.p99Ms);
    ratios.pace.push(paceBeside / paceAlone);
    print(
      `round ${round}  alone p50 ${alone.p50Ms.toFixed(1)} p99 ${alone.p99Ms.toFixed(1)} ms  ` +
        `beside p50 ${beside.p50Ms.toFixed(1)} p99 ${beside.p99Ms.toFixed(1)} ms  ` +
        `batch ${paceAlone.toFixed(0)} → ${paceBeside.toFixed(0)} rows/s`,
    );
  }
  print(
    `\nbeside ÷ alone, medians: p50 ${median(ratios.p50)}  p99 ${median(ratios.p99)}  rows/s of the batch ${median(ratios.pace)}`,
  );
}

async function submit(url: string): Promise<string> {
  const head = Buffer.from('{"batch":{"model":"wine"}}\n');
  const lines = wineLines(0, ROWS);
  const body = ReadableStream.from(
    (async function* () {
      yield head;
      yield* lines;
    })(),
  );
  const headers = { "content-type": "application/x-ndjson" };
  const init = { method: "POST", headers, body, duplex: "half" } as const;
  const response = await ask(`${url}/v1/batches`, init);
  if (response.status !== 202) throw new Error(await response.text());
  return String(Object(await response.json()).id);
}

/** Rows a second of a batch while something else goes on. */
async function pace(
  client: BulkClient,
  batch: string,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const startMs = performance.now();
  const before = (await client.get(batch)).counts.succeeded;
  await meanwhile();
  const after = (await client.get(batch)).counts.succeeded;
  return ((after - before) * 1000) / (performance.now() - startMs);
}

/** A closed loop of clients that ask questions. */
async function interactive(
  url: string,
): Promise<{ readonly p50Ms: number; readonly p99Ms: number }> {
  const jobs = `${url}/v1/models/${MODEL.name}/jobs`;
  const texts = readQuestions().map(({ text }) => text);
  const untilMs = performance.now() + WINDOW_MS;
  const took: number[] = [];
  const loops = Array.from({ length: CLIENTS }, async (_, i) => {
    for (let n = i; performance.now() < untilMs; n += CLIENTS) {
      const beganMs = performance.now();
      const end = await askAs("ordinary", jobs, texts[n % texts.length] ?? "");
      if (end !== "succeeded") throw new Error(`a question ended ${end}`);
      took.push(performance.now() - beganMs);
    }
  });
  await Promise.all(loops);
  return { p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}

function median(values: readonly number[]): string {
  return quantile(values, 0.5).toFixed(2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
