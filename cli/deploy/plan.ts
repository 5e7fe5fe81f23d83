import { createHash } from "node:crypto";
import type { EXECUTION_PROVIDERS } from "../../shared/execution-providers.ts";
import { modelBytes, type Manifest } from "../../shared/model/manifest.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { CommandError } from "../terminal/command.ts";
import type { Pool, RenderOptions } from "./options.ts";
import { CLOSING_MS } from "../../worker/config.ts";

/** Everything that the objects of one model version say. */
export type Plan = Readonly<ReturnType<typeof planOf>>;

/** A GPU worker's: they decode what one GPU runs. */
const GPU_CORES = 4;
/** What CUDA and cuDNN take by themselves is not measured yet; with room. */
const GPU_MEMORY_MIB = 8192;

/** Names of objects become labels, which hold 63 characters; KEDA puts `keda-hpa-` in front. */
const NAME_MAX = 54;

/**
 * @param tag of the images when no image is named
 * @throws {CommandError} when the manifest does not name what the pool offers
 */
export function planOf({ id, manifest }: ModelVersion, options: RenderOptions, tag: string) {
  const pool = poolOf(manifest, options.pool, id);
  const provider = providerOf(manifest, pool);
  const slots = pool === "gpu" ? 1 : options.slots;
  const { run_timeout_ms: runTimeoutMs, batching } = manifest;
  const rate = options.rowsPerSecond ?? slowestRowsPerSecond(batching.max_batch_size, runTimeoutMs);
  const needed = Math.max(memoryMib(modelBytes(manifest), slots), options.memoryMib ?? 0);
  const { minReplicas } = options;
  return {
    /** Of Deployment, ScaledObject and budget. */
    name: nameOf(manifest),
    /** `<name>@<version>` */
    model: id,
    pool,
    /** What `EXECUTION_PROVIDERS` offers. */
    provider,
    gpuResource: options.gpuResource,
    image: options.image ?? `${IMAGES[provider]}:${tag}`,
    namespace: options.namespace,
    slots,
    cores: pool === "gpu" ? GPU_CORES : slots,
    memoryMib: pool === "gpu" ? Math.max(GPU_MEMORY_MIB, needed) : needed,
    graceMs: graceMs(runTimeoutMs),
    terminationSeconds: terminationSeconds(runTimeoutMs),
    cooldownSeconds: cooldownSeconds(runTimeoutMs),
    minReplicas,
    maxReplicas: options.maxReplicas ?? Math.max(minReplicas, pool === "gpu" ? 4 : 10),
    /** Outstanding jobs per replica, by class. */
    targets: {
      interactive: jobsPerReplica(rate, slots, options.waitMs),
      bulk: jobsPerReplica(rate, slots, options.bulkWaitMs),
    },
  };
}

function poolOf(
  { execution_providers: providers }: Manifest,
  given: Pool | undefined,
  model: string,
): Pool {
  const pools = providers.map((it): Pool => (it === "cpu" ? "cpu" : "gpu"));
  const pool = given ?? pools[0] ?? "cpu";
  if (pools.includes(pool)) return pool;
  const provider = pool === "gpu" ? "webgpu" : "cpu";
  throw new CommandError(`${model} names no "${provider}" in execution_providers: no ${pool} pool`);
}

/** The first of a pool's kind that the manifest names. */
function providerOf({ execution_providers: providers }: Manifest, pool: Pool): Provider {
  const names = providers.map((it) => (typeof it === "string" ? it : it.name));
  return names.find((name) => (name === "cpu") === (pool === "cpu")) ?? "cpu";
}

type Provider = (typeof EXECUTION_PROVIDERS)[number];

/** TensorRT is in no image of ours: it goes into one that is made of CUDA's. */
const IMAGES: Readonly<Record<Provider, string>> = {
  cpu: "scoreline",
  webgpu: "scoreline-vulkan",
  cuda: "scoreline-gpu",
  tensorrt: "scoreline-gpu",
};

/** A name that is too long is cut, and kept apart from others by a digest. */
function nameOf({ name, version }: Manifest): string {
  const whole = `worker-${name}-${version}`;
  if (whole.length <= NAME_MAX) return whole;
  const digest = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${whole.slice(0, NAME_MAX - 9).replace(/(?<!-)-+$/, "")}-${digest}`;
}

/**
 * The arithmetic of a model's Deployment, explained with an example in docs/scaling.md. Pure.
 */

/** Between two looks of KEDA at the load lists, in seconds. */
export const POLLING_SECONDS = 5;

/** From the end of the grace that the worker gives itself to the kill, in seconds. */
const EXIT_SECONDS = 5;

/** Workers stay this long after the last job at least, in seconds: loading a model anew costs more. */
const COOLDOWN_SECONDS = 300;

/** What `models check` allows a batch, of `run_timeout_ms`: slower than that no model is served. */
const SLOWEST_SHARE = 0.1;

/** MiB of a worker's parent and of a runner without a model; measured: 120 and 86. */
const PARENT_MIB = 256;
const RUNNER_MIB = 256;
/** Session, arenas and tensors of a model, of its file's size. */
const SESSION_SHARE = 4;
/** Kept free, of what is needed. */
const ROOM = 1.3;

/**
 * Jobs that may be outstanding for one replica before another is wanted (KEDA's `listLength`): a
 * replica works through that many in the target wait. Jobs of one row each; one a slot at least.
 *
 * @param rowsPerSecond of one slot, as `models check` measures it
 * @param waitMs from accept to answer, as it should be
 */
export function jobsPerReplica(rowsPerSecond: number, slots: number, waitMs: number): number {
  return Math.max(slots, Math.floor((rowsPerSecond * slots * waitMs) / 1000));
}

/** Rows per second of a slot that the slowest model which `models check` passes has. */
export function slowestRowsPerSecond(maxBatchSize: number, runTimeoutMs: number): number {
  return (maxBatchSize * 1000) / (runTimeoutMs * SLOWEST_SHARE);
}

/**
 * `GRACE_MS` of a worker: a run that has just begun may take all of `run_timeout_ms`, then there has
 * to be time to settle it and to hand back the rest.
 */
export function graceMs(runTimeoutMs: number): number {
  return runTimeoutMs + CLOSING_MS;
}

/** `terminationGracePeriodSeconds` of its pod. */
export function terminationSeconds(runTimeoutMs: number): number {
  return Math.ceil(graceMs(runTimeoutMs) / 1000) + EXIT_SECONDS;
}

/**
 * Seconds without any job before the last replica goes: the longest run and two looks at least. For the
 * first of them KEDA still sees the remembered element, the rest is its `cooldownPeriod`.
 */
export function cooldownSeconds(runTimeoutMs: number): number {
  return Math.max(COOLDOWN_SECONDS, Math.ceil(runTimeoutMs / 1000) + 2 * POLLING_SECONDS);
}

/** Memory of a worker that serves one model, in MiB, in steps of 64. @param fileBytes of the graph */
export function memoryMib(fileBytes: number, slots: number): number {
  const runner = RUNNER_MIB + (SESSION_SHARE * fileBytes) / 2 ** 20;
  return Math.ceil((ROOM * (PARENT_MIB + slots * runner)) / 64) * 64;
}
