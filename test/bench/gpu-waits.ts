import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { createLogger } from "../../shared/log.ts";
import { loadRegistry } from "../../shared/model/registry.ts";
import type { ExecutionProvider } from "../../worker/runner/messages.ts";
import { pipelineFor } from "../../worker/runner/pipelines.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { RunnerProcess } from "../../worker/score/runner-process.ts";
import { PHOTO, repositoryFile } from "../support/client.ts";

const USAGE = `node test/bench/gpu-waits.ts [batches] [rounds]

How much of the time a GPU is busy at saturation. The GPU is a session that sleeps twice as long as the
cores take to decode a batch; photos are really decoded, by the runner, which is real but for ONNX Runtime.
Two arms, in turn: one batch in hand in the thread that decodes (how a CPU's runner works, and a GPU's
did), and two in hand beside the GPU's own thread.

The rest of the time it waits: for photos, as long as decoding takes that begins the moment that the runner
has a place for the batch; or for the worker, which is all else. What other processes take of the
cores makes decoding slower from one batch to the next; so the sleep follows the last batches of the
same arm, and what decoding takes by itself is printed with it.
`;

const SAMPLES = 5;
const WARM_UP = 8;
/** Batches whose decoding says how long the session sleeps. */
const RECENT = 8;
const ARMS = {
  alternating: { provider: "cpu", depth: 1 },
  beside: { provider: "webgpu", depth: 2 },
} as const satisfies Record<string, { provider: ExecutionProvider["name"]; depth: number }>;

type Arm = (typeof ARMS)[keyof typeof ARMS];

/** When the session began to sleep, and when it had slept, in ms. */
interface Sleep {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** Of the time, 0 to 1. */
interface Shares {
  readonly busy: number;
  readonly forPhotos: number;
  readonly forWorker: number;
}

const version = loadRegistry("models").resolve("image-classification@1");
const { batching } = version.manifest;
/** Of 12 megapixels, as phones take them. */
const photo = await sharp(repositoryFile(PHOTO))
  .resize(4000, 3000)
  .jpeg({ quality: 85 })
  .toBuffer();
const rows = Array.from({ length: batching.max_batch_size }, () => photo);
const parameters = rows.map(() => ({}));
const pipeline = await pipelineFor(version.manifest, version.folder);

/** Of a batch, in ms, on the cores that there are. */
async function decodeMs(): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < SAMPLES; i += 1) await pipeline.encode(rows, parameters);
  return (performance.now() - startMs) / SAMPLES;
}

/** A runner, saturated. @returns what it decoded in, in ms, and where the time of its GPU went */
async function saturate(arm: Arm, batches: number): Promise<{ decode: number; shares: Shares }> {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-waits-"));
  const [sleepFile, sleepsFile] = [join(folder, "sleep"), join(folder, "sleeps")];
  const stand = new URL("./stand-ins/sleeping-runtime.mjs", import.meta.url).href;
  const environment = {
    ...runnerEnvironment(process.env),
    NODE_OPTIONS: `--import=${stand}`,
    SCRIPT_SLEEP_MS_FILE: sleepFile,
    SCRIPT_SLEEPS_FILE: sleepsFile,
  };
  const logger = createLogger("bench", "warn");
  const offer = { providers: [arm.provider], devices: [] };
  const runner = new RunnerProcess({ logger, environment }, undefined, offer);
  const manifest = { ...version.manifest, execution_providers: [arm.provider] };
  const asked = { version: { ...version, manifest }, rows, parameters, timeoutMs: 60_000 };
  const decodes: number[] = [];
  // Renamed into place: a session that read a file half written would not sleep at all.
  const sleepTwice = (ms: readonly number[]): void => {
    writeFileSync(`${sleepFile}.next`, String(2 * mean(ms)));
    renameSync(`${sleepFile}.next`, sleepFile);
  };
  // Saturated before and after: what is counted lies between two batches.
  const loop = async (): Promise<void> => {
    while (decodes.length < WARM_UP + batches + 1) {
      const ran = await runner.run(asked);
      const fault = ran.failures.find((failure) => failure !== null);
      if (fault) throw new Error(fault.message);
      decodes.push(ran.decodeMs);
      sleepTwice(decodes.slice(-RECENT));
    }
  };
  try {
    sleepTwice([0]); // the warm-up's
    await runner.load(asked.version);
    writeFileSync(sleepsFile, "");
    sleepTwice([await decodeMs()]);
    await Promise.all(Array.from({ length: arm.depth }, loop));
    const lines = readFileSync(sleepsFile, "utf8").trim().split("\n");
    const sleeps = lines.map((line): Sleep => {
      const [beganMs = 0, endedMs = 0] = line.split(" ").map(Number);
      return { beganMs, endedMs };
    });
    const until = WARM_UP + batches;
    const shares = sharesOf(sleeps.slice(0, until + 1), decodes, arm.depth);
    return { decode: mean(decodes.slice(WARM_UP, until)), shares };
  } finally {
    runner.kill();
    await runner.gone;
    rmSync(folder, { recursive: true });
  }
}

/** Between the first sleep after the warm-up and the last. @param decodes one for each sleep, in ms */
function sharesOf(sleeps: readonly Sleep[], decodes: readonly number[], depth: number): Shares {
  const [first, last] = [sleeps[WARM_UP], sleeps.at(-1)];
  if (first === undefined || last === undefined) throw new Error("it has not slept enough");
  let [waits, photos] = [0, 0];
  for (let i = WARM_UP + 1; i < sleeps.length; i += 1) {
    const [beganMs, beforeMs] = [sleeps[i]?.beganMs ?? 0, sleeps[i - 1]?.endedMs ?? 0];
    const placeMs = sleeps[i - depth]?.endedMs ?? 0;
    const decodedMs = placeMs + (decodes[i] ?? 0);
    waits += beganMs - beforeMs;
    photos += Math.max(0, Math.min(beganMs, decodedMs) - beforeMs);
  }
  const allMs = last.beganMs - first.beganMs;
  return {
    busy: 1 - waits / allMs,
    forPhotos: photos / allMs,
    forWorker: (waits - photos) / allMs,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const [batches = 20, rounds = 3] = process.argv.slice(2).map(Number);
if (!(batches > 0 && rounds > 0)) {
  process.stderr.write(USAGE);
  process.exit(2);
}
for (let round = 1; round <= rounds; round += 1) {
  const [load = 0] = loadavg();
  process.stdout.write(`round ${round}, load ${load.toFixed(1)} on ${cpus().length} cores\n`);
  for (const [name, arm] of Object.entries(ARMS)) {
    const before = await decodeMs();
    const { decode, shares } = await saturate(arm, batches);
    const bare = mean([before, await decodeMs()]);
    process.stdout.write(
      `  ${name.padEnd(12)} busy ${percent(shares.busy)}, waits for photos ${percent(shares.forPhotos)}, ` +
        `for the worker ${percent(shares.forWorker)}; a batch of ${rows.length} decoded in ` +
        `${decode.toFixed(0)} ms, by itself in ${bare.toFixed(0)} ms\n`,
    );
  }
}
