import type { Counterparts } from "./counterpart.ts";

const PROBES = "the pods have probes of their own, which need no tuning for a model";

/** How requests are served, and by what. */
export const serving = {
  // There, a container that is ready has called init(), which loads the model.
  computeType: () => ({ manifest: { preload: true } }),
  scoringTimeoutMs: (ms, { manifest }) => ({
    endpoint: { "defaults.timeouts.attempt_ms": ms },
    ...(ms < manifest.run_timeout_ms && { manifest: { run_timeout_ms: ms } }),
  }),
  maxQueueWaitMs: (ms) => ({ endpoint: { "defaults.max_queue_wait_ms": ms } }),
  maxConcurrentRequestsPerContainer: () => ({
    why: "a slot runs batches of up to max_batch_size rows, from as many requests as there are",
  }),

  "livenessProbeRequirements.periodSeconds": () => ({ why: PROBES }),
  "livenessProbeRequirements.initialDelaySeconds": () => ({
    why: "a worker answers before it loads models, and is ready when it has: nothing to wait for",
  }),
  "livenessProbeRequirements.timeoutSeconds": () => ({ why: PROBES }),
  "livenessProbeRequirements.successThreshold": () => ({ why: PROBES }),
  "livenessProbeRequirements.failureThreshold": () => ({ why: PROBES }),

  namespace: (name) => ({ deploy: { namespace: name } }),
  computeName: () => ({ why: "kubectl's context says which cluster" }),
  storageInitEnabled: () => ({
    why: "models are in the image or on a volume, not fetched at the start of a pod",
  }),
} satisfies Partial<Counterparts>;
