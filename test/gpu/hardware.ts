// npm run test:gpu: what this machine's GPU does, in at most eight minutes and without the internet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { readGoldens } from "../../cli/models/goldens.ts";
import { runGoldens } from "../../cli/models/check/run-goldens.ts";
import { createLogger } from "../../shared/log.ts";
import type { Device } from "../../shared/device.ts";
import { messageOf } from "../../shared/message-of.ts";
import { isNotPulled, loadRegistry } from "../../shared/model/registry.ts";
import { deviceText } from "../../worker/score/devices.ts";
import { gpusOf } from "../../worker/score/execution-provider.ts";
import { proveGpu } from "../../worker/score/prove-offer.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { cli } from "../support/cli.ts";
import { PHOTO } from "../support/client.ts";
import { System } from "../support/system.ts";
import { resnet, SHAPES, type Shape } from "./hardware/resnet.ts";

const { values: given } = parseArgs({
  options: {
    shape: { type: "string", default: "resnet152" },
    seconds: { type: "string", default: "10" },
    batches: { type: "string", default: "1,2,4,8,16,32,64" },
    write: { type: "boolean", default: false },
    /** Whether all of it works, on SwiftShader as well; what it measures says nothing, and is not written. */
    quick: { type: "boolean", default: false },
  },
});
if (given.quick)
  Object.assign(given, { shape: "tiny", seconds: "1", batches: "1,2", write: false });
const rateSchema = z.object({ batch: z.int(), perSecond: z.number() });
const benchSchema = z.looseObject({ per_second: z.number() });
/** Photos take minutes where a GPU is software. */
const QUICK_MODEL = "faq-javascript";
/** Drivers of Vulkan that compute on the CPU. */
const SOFTWARE = /SwiftShader|llvmpipe|lavapipe/i;
/** What all parts may take together. */
const LIMIT_MS = 8 * 60_000;
const startMs = performance.now();
const leftMs = (): number => Math.max(1000, Math.ceil(LIMIT_MS - (performance.now() - startMs)));
const shape = Object.keys(SHAPES).find((one): one is Shape => one === given.shape) ?? "resnet152";
const lines: string[] = [];
const say = (line = ""): void => {
  lines.push(line);
  process.stdout.write(`${line}\n`);
};

const found = await findGpus();
if (found.length === 0) process.exit(1);
const software = found.find(({ name }) => SOFTWARE.test(name));
if (given.write && software !== undefined) {
  process.stderr.write(
    `${software.name} is no GPU: its figures are not for docs/gpu.md. Leave --write out, or add --quick.\n`,
  );
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "scoreline-gpu-"));
try {
  const [processor] = cpus();
  say(`### ${[...new Set(found.map(deviceText))].join(", ")}`);
  say();
  const about = `${cpus().length} cores of ${processor?.model.trim()}, Node ${process.versions.node}`;
  say(`${new Date().toISOString().slice(0, 10)}, ${about}.`);
  await goldens();
  const graph = placeModel();
  const best = curves(graph);
  await throughSystem(best);
  if (given.write) writeTable();
} finally {
  rmSync(folder, { recursive: true });
}

async function findGpus(): Promise<readonly Device[]> {
  const host = {
    logger: createLogger("test", "error"),
    environment: runnerEnvironment(process.env),
  };
  const devices: Device[] = [];
  for (const gpu of gpusOf({ providers: ["webgpu", "cuda", "tensorrt"], devices: [0] })) {
    const { device, reason = "" } = await proveGpu(gpu, host);
    if (device === undefined) process.stdout.write(`${gpu.name}: ${reason.slice(0, 200)}\n`);
    else devices.push(device);
  }
  return devices;
}

/** Of every model whose file is here, on every provider. */
async function goldens(): Promise<void> {
  say();
  say(`| model | ${found.map(({ provider }) => `${provider}: nodes, goldens`).join(" | ")} |`);
  say(`| --- | ${found.map(() => "---").join(" | ")} |`);
  for (const version of loadRegistry("models").versions) {
    const cases = readGoldens(version);
    if (isNotPulled(version) || cases === undefined) continue;
    if (given.quick && version.name !== QUICK_MODEL) continue;
    const cells: string[] = [];
    for (const gpu of found) {
      const options = { secondsEach: 0, gpu, onStep: () => {} };
      const { goldens: ran, gpu: on, findings } = await runGoldens(version, cases, options);
      const { placed = 0, all = 0 } = on?.placement.nodes ?? {};
      const good = ran === undefined ? 0 : ran.cases - ran.failed;
      const fault = ran === undefined ? ` (${findings[0]?.why})` : "";
      cells.push(`${placed} of ${all}, ${good} of ${cases.cases.length}${fault}`);
    }
    say(`| ${version.id} | ${cells.join(" | ")} |`);
  }
}

/** @returns the graph's path */
function placeModel(): string {
  const to = join(folder, "models", "random", "1");
  mkdirSync(to, { recursive: true });
  const bytes = resnet(shape);
  const from = "models/resnet152/1";
  cpSync(join(from, "labels.json"), join(to, "labels.json"));
  // What a manifest parses to is an object.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const manifest = JSON.parse(readFileSync(join(from, "manifest.json"), "utf8")) as object;
  const file = {
    path: "model.onnx",
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
  const own = {
    name: "random",
    file,
    inputs: [{ name: "data", dtype: "float32", shape: ["batch", 3, 224, 224] }],
    outputs: [{ name: "scores", dtype: "float32", shape: ["batch", 1000] }],
    execution_providers: ["tensorrt", "cuda", "webgpu", "cpu"],
    batching: { max_batch_size: Math.max(...batches()), max_queue_delay_ms: 0 },
    run_timeout_ms: 300_000,
  };
  writeFileSync(join(to, "model.onnx"), bytes);
  writeFileSync(join(to, "manifest.json"), JSON.stringify({ ...manifest, ...own }));
  say();
  say(`A graph of the shape of ${shape} with random weights, ${bytes.length} bytes, float32.`);
  return join(to, "model.onnx");
}

function batches(): readonly number[] {
  return given.batches.split(",").map(Number);
}

/** Photos a second of bare sessions, by batch. @returns the best of each provider */
function curves(graph: string): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  say();
  say(`| images/s, bare session | ${batches().join(" | ")} |`);
  say(
    `| --- | ${batches()
      .map(() => "---:")
      .join(" | ")} |`,
  );
  for (const { provider, number } of [...found, { provider: "cpu", number: undefined }]) {
    const isCpu = provider === "cpu";
    const threads = isCpu ? String(cpus().length) : "1";
    const seconds = String(Number(given.seconds) / 5);
    const sizes = isCpu ? batches().slice(0, 4) : batches();
    const args = [graph, provider, String(number ?? ""), threads, seconds, ...sizes.map(String)];
    const { stdout, signal } = spawnSync(process.execPath, ["test/gpu/hardware/raw.ts", ...args], {
      encoding: "utf8",
      timeout: Math.min(leftMs(), 120_000),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const rates = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => rateSchema.parse(JSON.parse(line)).perSecond);
    best.set(provider, Math.max(0, ...rates));
    const why = signal === null ? "failed" : "too slow";
    const cells = batches().map((_, i) => rates[i]?.toFixed(1) ?? (i < sizes.length ? why : ""));
    say(`| ${isCpu ? `cpu, ${threads} threads` : provider} | ${cells.join(" | ")} |`);
  }
  return best;
}

/** Photos a second from an HTTP client's view, on each provider and on all cores. */
async function throughSystem(best: ReadonlyMap<string, number>): Promise<void> {
  if (spawnSync("redis-server", ["--version"]).status !== 0) {
    say();
    say("Not through the system: there is no redis-server.");
    return;
  }
  say();
  say("| photos through the system | photos/s | of the bare session |");
  say("| --- | ---: | ---: |");
  for (const provider of [...found.map((device) => device.provider), "cpu"]) {
    if (leftMs() < 30_000) break;
    // What was measured so far is written, whatever becomes of this.
    const rate = await rateThroughSystem(provider).catch((error: unknown) => {
      process.stderr.write(`${provider}, through the system: ${messageOf(error)}\n`);
      return 0;
    });
    const bare = best.get(provider) ?? 0;
    const share = rate > 0 && bare > 0 ? `${((100 * rate) / bare).toFixed(0)} %` : "";
    say(`| ${provider} | ${rate > 0 ? rate.toFixed(1) : "failed"} | ${share} |`);
  }
}

/** @returns 0 when no photo was scored */
async function rateThroughSystem(provider: string): Promise<number> {
  await using system = await System.bare({ MODELS_DIR: join(folder, "models") });
  const { url } = await system.gateway();
  await system.courier();
  const env = { ...runnerEnvironment(process.env), EXECUTION_PROVIDERS: provider };
  await system.worker({ env });
  const clients = String(2 * Math.max(...batches()));
  const { out, err } = await cli(
    ["bench", "random", PHOTO, "--clients", clients, "--seconds", given.seconds, "--json"],
    { PORT: new URL(url).port, SCORELINE_API_KEY: system.key },
  );
  const rate = out === "" ? 0 : benchSchema.parse(JSON.parse(out)).per_second;
  if (rate === 0) process.stderr.write(err);
  return rate;
}

/** At the end of docs/gpu.md. */
function writeTable(): void {
  const path = "docs/gpu.md";
  const heading = "## Measured";
  const text = readFileSync(path, "utf8");
  const [before = "", after = ""] = text.split(`${heading}\n`);
  writeFileSync(
    path,
    `${before.trimEnd()}\n\n${heading}\n${after.trimEnd()}\n\n${lines.join("\n")}\n`,
  );
}
