import { createHash } from "node:crypto";
import type { Manifest } from "../../shared/model/manifest.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { CommandError } from "../terminal/command.ts";
import {
  cooldownSeconds,
  graceMs,
  jobsPerReplica,
  memoryMib,
  slowestRowsPerSecond,
  terminationSeconds,
} from "./arithmetic.ts";

/** What workers run on. */
export type Pool = "cpu" | "gpu";

/** What a person wants of a model's workers; the manifest says the rest. */
export interface RenderOptions {
  /** Undefined: what the manifest names first. */
  readonly pool?: Pool | undefined;
  /** From accept to answer, in ms, of interactive and of bulk jobs. */
  readonly waitMs: number;
  readonly bulkWaitMs: number;
  /** Measured, of one slot; undefined: as slow as `models check` lets pass. */
  readonly rowsPerSecond?: number | undefined;
  /** Cores of a CPU worker. */
  readonly slots: number;
  /** Undefined: 10, and 4 of a GPU. */
  readonly maxReplicas?: number | undefined;
  readonly image?: string | undefined;
  readonly namespace?: string | undefined;
}

/** Everything that the objects of one model version say. */
export interface Plan {
  /** Of Deployment, ScaledObject and budget. */
  readonly name: string;
  /** `<name>@<version>` */
  readonly model: string;
  readonly pool: Pool;
  readonly image: string;
  readonly namespace: string | undefined;
  readonly slots: number;
  readonly cores: number;
  readonly memoryMib: number;
  readonly graceMs: number;
  readonly terminationSeconds: number;
  readonly cooldownSeconds: number;
  readonly maxReplicas: number;
  /** Outstanding jobs per replica, by class. */
  readonly targets: { readonly interactive: number; readonly bulk: number };
}

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
export function planOf({ id, manifest }: ModelVersion, options: RenderOptions, tag: string): Plan {
  const pool = poolOf(manifest, options.pool, id);
  const slots = pool === "gpu" ? 1 : options.slots;
  const { run_timeout_ms: runTimeoutMs, batching } = manifest;
  const rate = options.rowsPerSecond ?? slowestRowsPerSecond(batching.max_batch_size, runTimeoutMs);
  const needed = memoryMib(manifest.file.bytes, slots);
  return {
    name: nameOf(manifest),
    model: id,
    pool,
    image: options.image ?? `${pool === "gpu" ? "scoreline-gpu" : "scoreline"}:${tag}`,
    namespace: options.namespace,
    slots,
    cores: pool === "gpu" ? GPU_CORES : slots,
    memoryMib: pool === "gpu" ? Math.max(GPU_MEMORY_MIB, needed) : needed,
    graceMs: graceMs(runTimeoutMs),
    terminationSeconds: terminationSeconds(runTimeoutMs),
    cooldownSeconds: cooldownSeconds(runTimeoutMs),
    maxReplicas: options.maxReplicas ?? (pool === "gpu" ? 4 : 10),
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
  const provider = pool === "gpu" ? "cuda" : "cpu";
  throw new CommandError(`${model} names no "${provider}" in execution_providers: no ${pool} pool`);
}

/** A name that is too long is cut, and kept apart from others by a digest. */
function nameOf({ name, version }: Manifest): string {
  const whole = `worker-${name}-${version}`;
  if (whole.length <= NAME_MAX) return whole;
  const digest = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${whole.slice(0, NAME_MAX - 9).replace(/(?<!-)-+$/, "")}-${digest}`;
}
