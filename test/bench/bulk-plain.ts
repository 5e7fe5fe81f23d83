import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { z } from "zod";
import { repositoryFile } from "../support/client.ts";

const USAGE = `node test/bench/bulk-plain.ts FILE OUT

Scores a file of wines as somebody does who needs it once, with no server: reads lines of items, runs the
model over 1,024 at a time, writes lines of results. Prints rows a second, from opening the file to the
last byte written, and CPU time a row.
`;

const ROWS = 1024;
const FOLDER = "models/wine/1";

const manifestSchema = z.object({
  pipeline: z.object({
    columns: z.array(z.object({ name: z.string() })),
    probabilities: z.object({ classes: z.array(z.string()) }),
  }),
});

interface Wine {
  readonly custom_id: string;
  readonly input: Readonly<Record<string, number>>;
}

async function main(): Promise<void> {
  const [from, to] = process.argv.slice(2);
  if (from === undefined || to === undefined) return void process.stdout.write(USAGE);
  const manifest: unknown = JSON.parse(repositoryFile(`${FOLDER}/manifest.json`).toString());
  const { columns, probabilities } = manifestSchema.parse(manifest).pipeline;
  const names = columns.map(({ name }) => name);
  const starts = probabilities.classes.map(
    (one, i) => `${i === 0 ? ',"probabilities":{' : ","}"${one}":`,
  );
  const session = await InferenceSession.create(`${FOLDER}/model.onnx`);
  const score = async (wines: readonly Wine[]): Promise<string> => {
    const values = new Float32Array(wines.length * names.length);
    for (const [row, { input }] of wines.entries()) {
      for (const [i, name] of names.entries()) values[row * names.length + i] = input[name] ?? NaN;
    }
    const dims = [wines.length, names.length];
    const found = await session.run({ features: new Tensor("float32", values, dims) });
    const scores = found["probabilities"]?.data ?? [];
    const labels = found["label"]?.data ?? [];
    let text = "";
    for (const [row, { custom_id }] of wines.entries()) {
      text += `{"custom_id":${JSON.stringify(custom_id)},"output":{"label":"${String(labels[row])}"`;
      for (const [i, start] of starts.entries())
        text += start + String(scores[row * starts.length + i]);
      text += "}}}\n";
    }
    return text;
  };
  const startMs = performance.now();
  const before = process.cpuUsage();
  const out = createWriteStream(to);
  let wines: Wine[] = [];
  let rows = 0;
  const flush = async (): Promise<void> => {
    if (!out.write(await score(wines))) await once(out, "drain");
    rows += wines.length;
    wines = [];
  };
  let rest = "";
  for await (const piece of createReadStream(from, { encoding: "utf8", highWaterMark: 2 ** 20 })) {
    const lines = (rest + String(piece)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      // The file is our own.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const value = JSON.parse(line) as Wine | { batch: unknown };
      if ("batch" in value) continue;
      wines.push(value);
      if (wines.length === ROWS) await flush();
    }
  }
  if (wines.length > 0) await flush();
  out.end();
  await once(out, "finish");
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(
    JSON.stringify({ rows, rate: rows / seconds, cpuMicros: (user + system) / rows }),
  );
}

await main();
