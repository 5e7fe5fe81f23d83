import type { Counterparts } from "./counterpart.ts";

const DAY_MS = 86_400_000;

/** Replicas, and what they may use. */
export const scaling = {
  "autoScaler.autoscaleEnabled": () => ({}),
  "autoScaler.minReplicas": (count) => ({ deploy: { "min-replicas": String(count) } }),
  "autoScaler.maxReplicas": (count) => ({ deploy: { "max-replicas": String(count) } }),
  "autoScaler.refreshPeriodInSeconds": () => ({
    why: "Kubernetes decides every 15 s, and KEDA looks at a pool without workers every 5 s",
  }),
  // Azure adds a replica when this share of the replicas is busy. Here one is full when the next
  // request would wait as long as any may: it is that wait of which the share is taken.
  "autoScaler.targetUtilization": (percent, { config }) => {
    const waitMs = Math.round(((config.maxQueueWaitMs ?? 0) * percent) / 100);
    return { deploy: { "target-wait-ms": String(Math.min(Math.max(1, waitMs), DAY_MS)) } };
  },
  numReplicas: (count) => ({
    deploy: { "min-replicas": String(count), "max-replicas": String(count) },
  }),

  "containerResourceRequirements.cpu": (cores, { config }) =>
    config["containerResourceRequirements.cpuLimit"] === undefined
      ? slots(cores, config.gpuCores)
      : { why: "request and limit are the same here: cpuLimit counts" },
  "containerResourceRequirements.cpuLimit": (cores, { config }) => slots(cores, config.gpuCores),
  "containerResourceRequirements.memoryInGB": (size, { config }) =>
    config["containerResourceRequirements.memoryInGBLimit"] === undefined
      ? memory(size)
      : { why: "request and limit are the same here: memoryInGBLimit counts" },
  "containerResourceRequirements.memoryInGBLimit": (size) => memory(size),
  gpuCores: (count) => ({
    ...(count > 0 && { deploy: { pool: "gpu" }, manifest: { execution_providers: ["cuda"] } }),
    ...(count > 1 && { why: "a worker has one GPU; more of them are more replicas" }),
  }),
} satisfies Partial<Counterparts>;

/** A slot is a whole core. */
function slots(cores: number, gpus = 0) {
  if (gpus > 0) return { why: "a worker with a GPU has one slot and 4 cores" };
  return { deploy: { slots: String(Math.ceil(cores)) } };
}

function memory(size: number) {
  return { deploy: { "memory-mib": String(Math.ceil(size * 1024)) } };
}
