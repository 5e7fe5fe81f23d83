import { BulkClient } from "../../support/bulk/client.ts";
import { until } from "../../support/until.ts";
import type { Sample } from "../measure/sample.ts";
import { startStopwatch } from "../measure/stopwatch.ts";
import type { Bench, Step } from "./step.ts";

const LIMIT_MS = 3_600_000;

/** A batch of so many wines as NDJSON, from its first byte to its end; every result is compared. */
export function bulk(rows: number): Step {
  const how = { isAlone: true, workloads: ["wine"] } as const;
  return { name: `bulk-${rows}`, ...how, measure: async (bench) => measure(bench, rows) };
}

async function measure({ arm }: Bench, rows: number): Promise<Sample> {
  const client = new BulkClient(() => `http://127.0.0.1:${arm.port}`);
  // The model is loaded and its code warm before the clock runs.
  await ended(client, await client.submitWine(WARM_UP_ROWS));
  const stop = await startStopwatch(arm, 0);
  const startMs = performance.now();
  const id = await client.submitWine(rows);
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
