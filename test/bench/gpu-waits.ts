import sharp from "sharp";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import type { ExecutionProvider } from "../../worker/runner/messages.ts";
import { pipelineFor } from "../../worker/runner/pipelines.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";
import { PHOTO, repositoryFile } from "../support/client.ts";

const USAGE = `node test/bench/gpu-waits.ts [batches] [rounds]

How much of the time a GPU is busy at saturation. The GPU is a session that sleeps; photos are really
decoded, by the runner, which is real but for ONNX Runtime. It sleeps twice as long
as the cores take to decode a batch. Two arms, in turn: one batch in hand in the thread that decodes (how a CPU's runner
works, and a GPU's did), and two in hand beside the GPU's own thread.
`;

const SAMPLES = 9;
const WARM_UP = 8;
const ARMS = {
  alternating: { provider: "cpu", depth: 1 },
  beside: { provider: "webgpu", depth: 2 },
} as const satisfies Record<string, { provider: ExecutionProvider["name"]; depth: number }>;

type Arm = (typeof ARMS)[keyof typeof ARMS];

const version = loadRegistry("models").resolve("image-classification@1");
const { batching } = version.manifest;
/** Of 12 megapixels, as phones take them. */
const photo = await sharp(repositoryFile(PHOTO))
  .resize(4000, 3000)
  .jpeg({ quality: 85 })
  .toBuffer();
const rows = Array.from({ length: batching.max_batch_size }, () => photo);
const parameters = rows.map(() => ({}));

/** Of a batch, in ms, on the cores that there are: the median of several. */
async function decodeMs(): Promise<number> {
  const pipeline = await pipelineFor(version.manifest, version.folder);
  const times: number[] = [];
  for (let i = 0; i < SAMPLES; i += 1) {
    const startMs = performance.now();
    await pipeline.encode(rows, parameters);
    times.push(performance.now() - startMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(SAMPLES / 2)] ?? 0;
}

/** @returns the share of the time in which the session slept, 0 to 1 */
async function busyShare(
  { provider, depth }: Arm,
  batches: number,
  sleepMs: number,
): Promise<number> {
  const stand = new URL("./stand-ins/sleeping-runtime.mjs", import.meta.url).href;
  const environment = {
    ...runnerEnvironment(process.env),
    NODE_OPTIONS: `--import=${stand}`,
    SCRIPT_SLEEP_MS: String(sleepMs),
  };
  const logger = createLogger("bench", "warn");
  const offer = { providers: [provider], devices: [] };
  const runner = new RunnerProcess({ logger, environment }, undefined, offer);
  const manifest = { ...version.manifest, execution_providers: [provider] };
  const asked = { version: { ...version, manifest }, rows, parameters, timeoutMs: 60_000 };
  // Saturated before and after: what is counted lies between two ends of batches.
  const endsMs: number[] = [];
  const loop = async (): Promise<void> => {
    while (endsMs.length < WARM_UP + batches) {
      const { failures } = await runner.run(asked);
      if (failures.some((failure) => failure !== null)) throw new Error(failures[0]?.message);
      endsMs.push(performance.now());
    }
  };
  try {
    await runner.load(asked.version);
    await Promise.all(Array.from({ length: depth }, loop));
    const [fromMs = 0, untilMs = 0] = [endsMs[WARM_UP - 1], endsMs[WARM_UP + batches - 1]];
    return (batches * sleepMs) / (untilMs - fromMs);
  } finally {
    runner.kill();
    await runner.gone;
  }
}

const [batches = 20, rounds = 2] = process.argv.slice(2).map(Number);
if (!(batches > 0 && rounds > 0)) {
  process.stderr.write(USAGE);
  process.exit(2);
}
for (let round = 1; round <= rounds; round += 1) {
  const batchMs = await decodeMs();
  const sleepMs = 2 * batchMs;
  const shares: string[] = [];
  for (const [name, arm] of Object.entries(ARMS)) {
    const share = await busyShare(arm, batches, sleepMs);
    shares.push(`${name} ${(100 * share).toFixed(1)} %`);
  }
  const facts = `${rows.length} photos decoded in ${batchMs.toFixed(0)} ms`;
  process.stdout.write(
    `round ${round}: ${facts}, sleep ${sleepMs.toFixed(0)} ms; busy: ${shares.join(", ")}\n`,
  );
}
