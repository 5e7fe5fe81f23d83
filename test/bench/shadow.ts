import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scrape, sumOf } from "../support/metrics.ts";
import { System } from "../support/system.ts";
import type { Load, LoadResult } from "./load/load.ts";
import { Generator } from "./measure/generator.ts";
import { median, spreadText } from "./report/statistics.ts";

const USAGE = `node test/bench/shadow.ts [rounds] [seconds]

What a shadow of every request costs those who wait for the live version: questions by Poisson at 70 % of
what the system can do alone, with the shadow and without it in turn. 5 rounds of 5 s by default; the first
second of each is not counted.
`;

const MODEL = "faq-javascript";
const CLIENTS = 64;
/** Of the saturated rate. */
const LOAD = 0.7;
const LEAD_MS = 1000;
const JSON_TYPE = { "content-type": "application/json" };

async function main(): Promise<void> {
  const [rounds = 5, seconds = 5] = process.argv.slice(2).map(Number);
  if (!(rounds >= 1 && seconds >= 1)) return print(USAGE);
  const models = twoVersions();
  await using system = await System.start({ MODELS_DIR: models, AUTH: "off", LOG_LEVEL: "warn" });
  await using generator = new Generator();
  const run = async (more: Partial<Load>): Promise<LoadResult> =>
    generator.run({
      port: Number(new URL(system.url).port),
      workload: "faq",
      dialect: "scoreline",
      manner: "sync",
      tokens: [],
      clients: CLIENTS,
      seed: 1,
      leadMs: LEAD_MS,
      windowMs: seconds * 1000,
      ...more,
    });
  await put(system.url, false);
  await run({});
  const saturated = (await run({})).rate;
  const rate = saturated * LOAD;
  print(`saturated ${saturated.toFixed(0)} questions/s; by Poisson ${rate.toFixed(0)}/s\n`);
  const ratios = { p50: [] as number[], p99: [] as number[] };
  for (let round = 1; round <= rounds; round += 1) {
    const results = { with: undefined, without: undefined } as Record<
      string,
      LoadResult | undefined
    >;
    const order = round % 2 === 0 ? ["with", "without"] : ["without", "with"];
    for (const which of order) {
      await put(system.url, which === "with");
      results[which] = await run({ rate, seed: round });
    }
    const { with: shadowed, without: alone } = results;
    if (shadowed === undefined || alone === undefined) continue;
    check(shadowed);
    check(alone);
    ratios.p50.push(shadowed.p50Ms / alone.p50Ms);
    ratios.p99.push(shadowed.p99Ms / alone.p99Ms);
    const shadows = await outcomes(system.url);
    print(
      `round ${round}  alone p50 ${alone.p50Ms.toFixed(1)} p99 ${alone.p99Ms.toFixed(1)} ms  ` +
        `shadowed p50 ${shadowed.p50Ms.toFixed(1)} p99 ${shadowed.p99Ms.toFixed(1)} ms  ${shadows}`,
    );
  }
  print(
    `\nshadowed ÷ alone: p50 ${spreadText(ratios.p50, 2)}  p99 ${spreadText(ratios.p99, 2)}` +
      `  (p99 ${median(ratios.p99) <= 1.1 ? "within" : "beyond"} 1.10)`,
  );
  rmSync(models, { recursive: true });
}

/** A folder of models with the same graph as versions 1 and 2. */
function twoVersions(): string {
  const models = mkdtempSync(join(tmpdir(), "scoreline-models-"));
  for (const version of [1, 2]) {
    const folder = join(models, MODEL, String(version));
    cpSync(join("models", MODEL, "1"), folder, { recursive: true });
    const path = join(folder, "manifest.json");
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...Object(manifest), version, preload: true }));
  }
  return models;
}

/** The endpoint has the model's name: what is asked is the same with a shadow and without. */
async function put(url: string, hasShadow: boolean): Promise<void> {
  const shadows = [{ name: "next", model: `${MODEL}@2`, percent: 100 }];
  const body = JSON.stringify({
    variants: [{ name: "blue", model: `${MODEL}@1` }],
    ...(hasShadow ? { shadows } : {}),
  });
  const response = await fetch(`${url}/v1/endpoints/${MODEL}`, {
    method: "PUT",
    headers: JSON_TYPE,
    body,
  });
  if (!response.ok) throw new Error(await response.text());
}

/** What became of the shadows so far. */
async function outcomes(url: string): Promise<string> {
  const samples = await scrape(url);
  const count = (outcome: string): number =>
    sumOf(samples, "scoreline_shadow_jobs_total", { outcome });
  return `shadows so far: ${count("accepted")} accepted, ${count("dropped")} dropped`;
}

function check({ wrong, refused, lost, examples }: LoadResult): void {
  if (wrong + refused + lost > 0) throw new Error(`not all were answered: ${examples.join("\n")}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
