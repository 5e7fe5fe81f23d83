import { resolve } from "node:path";
import { contractOf, manifestSchema } from "../../../shared/model/manifest.ts";
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
const cases = workload.cases.slice(0, manifest.batching.max_batch_size);
const rows = cases.map(({ input }) =>
  Buffer.isBuffer(input) ? input : contract.input.parse(input),
);
const parameters = rows.map(() => contract.parameters.parse({}));

const sessions = new Sessions();
const loaded = await sessions.load(folder);
if (loaded.type === "load_failed") throw new Error(loaded.reason);
const model = await sessions.get(folder);

const [stack] = (await model.pipeline.encode(rows, parameters)).stacks;
if (stack === undefined) throw new Error("there is nothing to run");
const inputs = stack.inputs();
let wrong = 0;

/** One batch. */
async function once(): Promise<void> {
  if (mode === "raw") return void (await model.run(inputs));
  const { outputs } = await runBatch(model, rows, parameters);
  for (const [i, output] of outputs.entries()) {
    const one = cases[i];
    const answer = { status: 200, body: output.toString("latin1") };
    if (one === undefined || !dialects.scoreline.isRight(one, answer)) wrong += 1;
  }
}

for (let i = 0; i < WARM_UP_RUNS; i += 1) await once();
const before = process.cpuUsage();
const startMs = performance.now();
const endMs = startMs + Number(ms);
let runs = 0;
while (performance.now() < endMs) {
  await once();
  runs += 1;
}
const rate = (runs * rows.length * 1000) / (performance.now() - startMs);
const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;
const result = {
  rows: runs * rows.length,
  rate,
  runSeconds: seconds(process.cpuUsage(before)),
  cpuSeconds: seconds(process.cpuUsage()),
  wrong,
};
process.stdout.write(JSON.stringify(result));
