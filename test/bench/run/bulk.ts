import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { BulkClient } from "../../support/bulk/client.ts";
import { wineLines } from "../../support/bulk/wine.ts";
import { until } from "../../support/until.ts";
import type { Sample } from "../measure/sample.ts";
import { startStopwatch } from "../measure/stopwatch.ts";
import type { Bench, Step } from "./step.ts";

const LIMIT_MS = 3_600_000;

/**
 * A batch of so many wines: a file of NDJSON in one lenient request, from its first byte to its end; every
 * result is compared. Beside it, what a plain program makes of the same file.
 */
export function bulk(rows: number): Step {
  const how = { isAlone: true, workloads: ["wine"] } as const;
  return { name: `bulk-${rows}`, ...how, measure: async (bench) => measure(bench, rows) };
}

async function measure(bench: Bench, rows: number): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), "scoreline-bulk-"));
  try {
    const file = join(folder, "wines.ndjson");
    await pipeline(itemsOf(rows), createWriteStream(file));
    const sample = await score(bench, rows, file);
    const plain = await scorePlainly(file, join(folder, "results.ndjson"));
    const { rate = Number.NaN } = sample.figures;
    const figures = { plainRate: plain.rate, overPlain: rate / plain.rate };
    return {
      ...sample,
      figures: { ...sample.figures, ...figures },
      cpuMicros: { ...sample.cpuMicros, plain: plain.cpuMicros },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function* itemsOf(rows: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"batch":{"model":"wine"}}\n');
  yield* wineLines(0, rows);
}

const PLAIN = fileURLToPath(new URL("../bulk-plain.ts", import.meta.url));
const plainSchema = z.object({ rate: z.number(), cpuMicros: z.number() });

async function scorePlainly(file: string, results: string): Promise<z.infer<typeof plainSchema>> {
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: "1" };
  const { stdout } = await promisify(execFile)(process.execPath, [PLAIN, file, results], { env });
  return plainSchema.parse(JSON.parse(stdout));
}

async function score({ arm }: Bench, rows: number, file: string): Promise<Sample> {
  const client = new BulkClient(() => `http://127.0.0.1:${arm.port}`);
  // The model is loaded and its code warm before the clock runs.
  await ended(client, await client.submitWine(WARM_UP_ROWS));
  const stop = await startStopwatch(arm, 0);
  const startMs = performance.now();
  const id = await client.submitFile(file);
  const uploadedMs = performance.now();
  await ended(client, id);
  const endMs = performance.now();
  const { cpu, foreignCores, redis } = await stop();
  const { worst } = await client.checkWine(id, rows);
  const { counts } = await client.get(id);
  const micros = Object.entries(cpu).map(([name, spent]) => [name, (spent * 1e6) / rows]);
  const isRight = counts.succeeded === rows && worst <= 1e-4;
  return {
    figures: {
      rate: (rows * 1000) / (endMs - startMs),
      uploadRate: (rows * 1000) / (uploadedMs - startMs),
      commands: (redis?.commands ?? Number.NaN) / rows,
    },
    cpuMicros: Object.fromEntries(micros),
    foreignCores,
    wrong: isRight ? 0 : 1,
    refused: 0,
    examples: isRight ? [] : [`worst ${worst}, ${JSON.stringify(counts)}`],
  };
}

const WARM_UP_ROWS = 5000;

async function ended(client: BulkClient, id: string): Promise<void> {
  await until("it ends", async () => (await client.get(id)).status === "completed", LIMIT_MS);
}
