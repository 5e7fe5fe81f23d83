import { resolve } from "node:path";
import { contractOf, manifestSchema } from "../../../shared/model/manifest.ts";
import { setHeapGrowth } from "../../../shared/heap-growth.ts";
import { runBatch } from "../../../worker/runner/run-batch.ts";
import { Sessions } from "../../../worker/runner/sessions.ts";
import { repositoryFile } from "../../support/client.ts";
import { dialects } from "../load/dialects.ts";
import { workloadNames, workloadOf } from "../workloads/workloads.ts";

const WARM_UP_RUNS = 3;

/**
 * `program.ts <raw|bound> <workload> <ms>`: runs a model over and over with the runner's own code, and
 * prints how many rows a second that were. Its CPU time is told from its start, so that the parent
 * can take it from the machine's.
 */
const [mode, name, ms] = process.argv.slice(2);
const workload = workloadOf(workloadNames.find((it) => it === name) ?? "faq");
const manifestPath = `models/${workload.model}/1/manifest.json`;
const manifest = manifestSchema.parse(JSON.parse(repositoryFile(manifestPath).toString()));
const folder = resolve(`models/${workload.model}/1`);
const contract = contractOf(manifest);
const batches = batchesOf(workload.cases, manifest.batching.max_batch_size).map((cases) => ({
  cases,
  rows: cases.map(({ input }) => (Buffer.isBuffer(input) ? input : contract.input.parse(input))),
  parameters: cases.map(() => contract.parameters.parse({})),
}));

const sessions = new Sessions();
const loaded = await sessions.load(folder);
if (loaded.type === "load_failed") throw new Error(loaded.reason);
const model = await sessions.get(folder);
// As a runner does.
setHeapGrowth("grown");

const isRaw = mode === "raw";
const encoded = await Promise.all(
  (isRaw ? batches : []).map(async ({ rows, parameters }) =>
    model.pipeline.encode(rows, parameters),
  ),
);
if (encoded.some(({ refused }) => refused.size > 0)) throw new Error("a case is refused");
const tensors = encoded.map(({ stacks }) => stacks.map((stack) => stack.inputs()));
let batch = 0;
let scored = 0;
let wrong = 0;

/** The next batch. */
async function once(): Promise<void> {
  const at = batch % batches.length;
  const { cases = [], rows = [], parameters = [] } = batches[at] ?? {};
  batch += 1;
  scored += cases.length;
  if (isRaw) {
    for (const inputs of tensors[at] ?? []) await model.run(inputs);
    return;
  }
  const { outputs } = await runBatch(model, rows, parameters);
  for (const [i, output] of outputs.entries()) {
    const one = cases[i];
    const answer = { status: 200, body: output.toString("latin1") };
    if (one === undefined || !dialects.scoreline.isRight(one, answer)) wrong += 1;
  }
}

/** Batches in which every case comes equally often: one photograph takes twice as long as another. */
function batchesOf<T>(all: readonly T[], rowsMax: number): readonly (readonly T[])[] {
  const size = Math.min(rowsMax, all.length);
  const round = [...all, ...all];
  const starts = new Set(all.map((_, i) => (i * size) % all.length));
  return [...starts].map((start) => round.slice(start, start + size));
}

for (let i = 0; i < Math.max(WARM_UP_RUNS, batches.length); i += 1) await once();
scored = 0;
const before = process.cpuUsage();
const startMs = performance.now();
const endMs = startMs + Number(ms);
// It ends with a round, in which all cases have been scored.
while (performance.now() < endMs || batch % batches.length !== 0) await once();
const rate = (scored * 1000) / (performance.now() - startMs);
const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;
const result = {
  rows: scored,
  rate,
  runSeconds: seconds(process.cpuUsage(before)),
  cpuSeconds: seconds(process.cpuUsage()),
  wrong,
};
process.stdout.write(JSON.stringify(result));
