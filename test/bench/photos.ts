import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { z } from "zod";
import { BulkClient } from "../support/bulk/client.ts";
import { ask, firstPrediction, postBytes, postJson } from "../support/client.ts";
import { makeCrops } from "../support/crops.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const USAGE = `node test/bench/photos.ts [photos]

Scores photographs from the operator's folder as a batch, and each of them singly; 5,000 unless said.
The first labels must be the same. Prints photographs a second both ways.
`;

const lineSchema = z.looseObject({
  custom_id: z.string().optional(),
  output: z.unknown().optional(),
});
/** Single requests at a time. */
const AT_ONCE = 16;

async function main(): Promise<void> {
  const [given = "5000"] = process.argv.slice(2);
  const count = Number(given);
  if (!(count >= 1)) return print(USAGE);
  const folder = mkdtempSync(join(tmpdir(), "scoreline-photos-"));
  try {
    await compare(folder, await makeCrops(join(folder, "crops"), count));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(folder: string, names: readonly string[]): Promise<void> {
  await using system = await System.start({ BATCH_FOLDER: folder });
  const model = "image-classification";
  const client = new BulkClient(() => system.url);
  await postJson(`${system.url}/v1/models/${model}/jobs`, { input: { image: "AAAA" } });
  let startMs = performance.now();
  const head = { model, parameters: { top_k: 1 }, source: { folder: "crops" } };
  const { status, body } = await postJson(`${system.url}/v1/batches`, head, "respond-async");
  if (status !== 202) throw new Error(JSON.stringify(body));
  const id = body.id ?? "";
  await until("it ends", async () => (await client.get(id)).status === "completed", 1_200_000);
  print(`as a batch: ${rate(names.length, startMs)} photographs/s, read and scored`);
  const labels = await labelsOf(`${system.url}/v1/batches/${id}/results`);
  startMs = performance.now();
  const different: string[] = [];
  const queue = [...names];
  const one = async (): Promise<void> => {
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const bytes = readFileSync(join(folder, "crops", name));
      const url = `${system.url}/v1/models/${model}/jobs?top_k=1`;
      const { body: job } = await postBytes(url, bytes, "image/jpeg");
      if (firstPrediction(job.output).label !== labels.get(name)) different.push(name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  print(`singly, ${AT_ONCE} at a time: ${rate(names.length, startMs)} photographs/s`);
  print(
    `${names.length} photographs, ${labels.size} results, ${different.length} with another first label`,
  );
  if (different.length > 0 || labels.size !== names.length) {
    print(different.slice(0, 10).join(" "));
    process.exitCode = 1;
  }
}

async function labelsOf(url: string): Promise<ReadonlyMap<string, string>> {
  const response = await ask(url);
  if (response.body === null) throw new Error("no results");
  const labels = new Map<string, string>();
  for await (const text of createInterface({ input: Readable.fromWeb(response.body) })) {
    const { custom_id: name, output } = lineSchema.parse(JSON.parse(text));
    if (name !== undefined) labels.set(name.replace(/^crops\//, ""), firstPrediction(output).label);
  }
  return labels;
}

function rate(count: number, sinceMs: number): string {
  return ((count * 1000) / (performance.now() - sinceMs)).toFixed(1);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
