import type { JobMetrics, Outcome } from "../../shared/job/outcome.ts";
import { ProcessMetrics, type MetricTable } from "../../shared/metrics.ts";
import type { Via } from "../../shared/job/view.ts";
import type { Device } from "../../shared/device.ts";
import type { Lane } from "../../shared/lane.ts";
import type { SessionLoad } from "./load-recorder.ts";

/** What a worker tells beside `commonMetrics`. */
export const workerMetrics = {
  itemsEnded: {
    type: "counter",
    name: "scoreline_items_ended_total",
    help: "Items of batches that this worker ended, by status and error code.",
    labels: ["model", "class", "outcome", "code"],
  },
  jobDuration: {
    type: "histogram",
    name: "scoreline_job_duration_seconds",
    help: "Per job that was run: queue (to a worker), batch_wait (from there to a slot), total.",
    labels: ["model", "class", "phase"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
  },
  variantJobsEnded: {
    type: "counter",
    name: "scoreline_variant_jobs_ended_total",
    help: "Jobs that an endpoint routed and this worker ended, by status and error code.",
    labels: ["endpoint", "variant", "outcome", "code"],
  },
  variantJobDuration: {
    type: "histogram",
    name: "scoreline_variant_job_duration_seconds",
    help: "Per job that an endpoint routed and that was run: from its create to its end.",
    labels: ["endpoint", "variant"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  },
  batchDuration: {
    type: "histogram",
    name: "scoreline_batch_duration_seconds",
    help: "Per tensor batch that was run: decode (rows to tensors), inference (the model).",
    labels: ["model", "class", "phase"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  batchRows: {
    type: "histogram",
    name: "scoreline_batch_rows",
    help: "Rows that were handed to a runner together.",
    labels: ["model", "class"],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
  },
  sessionLoad: {
    type: "histogram",
    name: "scoreline_session_load_duration_seconds",
    help: "Loading and warming up a model in a runner.",
    labels: ["model"],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  sessionLoadFailures: {
    type: "counter",
    name: "scoreline_session_load_failures_total",
    help: "Loads that failed: the file is missing, corrupt or too big.",
    labels: ["model"],
  },
  sessions: {
    type: "gauge",
    name: "scoreline_sessions",
    help: "Sessions that the runners hold.",
    labels: [],
  },
  sessionNodes: {
    type: "gauge",
    name: "scoreline_session_nodes",
    help: "Nodes of a model's graph by where they run, as ONNX Runtime tells; of models on GPUs.",
    labels: ["model", "provider"],
  },
  gpuInfo: {
    type: "gauge",
    name: "scoreline_gpu_info",
    help: "1 for each GPU that the worker offers, with what is known of it.",
    labels: ["provider", "device", "driver"],
  },
  gpuMemory: {
    type: "gauge",
    name: "scoreline_gpu_memory_bytes",
    help: "Memory of each GPU that the worker offers, where its driver tells.",
    labels: ["provider", "device"],
  },
  slots: {
    type: "gauge",
    name: "scoreline_slots",
    help: "Slots by what they do: busy, free, or starting (a runner is made or loads).",
    labels: ["state"],
  },
  runnerRestarts: {
    type: "counter",
    name: "scoreline_runner_restarts_total",
    help: "Runners replaced, by reason: crash or timeout.",
    labels: ["reason"],
  },
  packsInHand: {
    type: "gauge",
    name: "scoreline_packs_in_hand",
    help: "Packs of jobs, and chunks of batches, that were taken and have not ended.",
    labels: [],
  },
} as const satisfies MetricTable;

/** What a worker's slots and lanes are doing now. */
export interface WorkerLoad {
  readonly slots: { readonly busy: number; readonly free: number; readonly starting: number };
  readonly sessions: number;
  readonly packsInHand: number;
}

const MS_A_SECOND = 1000;

/** Counts what a worker does. */
export class WorkerMetrics extends ProcessMetrics<typeof workerMetrics> {
  constructor() {
    super("worker", workerMetrics);
    // Known from the first scrape on: an increase from nothing would not be seen as one.
    for (const reason of ["crash", "timeout"]) this.own.runnerRestarts.inc({ reason }, 0);
  }

  readonly jobSettled = (lane: Lane, outcome: Outcome, via: Via | undefined): void => {
    this.jobEnded({ lane, outcome });
    // A shadow goes by the variant that it stands beside, and is no job of it.
    if (via !== undefined && via.isUnnamed !== true && lane.class !== "shadow") {
      this.#variantEnded(via, outcome);
    }
    if (outcome.metrics !== undefined) this.#jobRan(lane, outcome.metrics);
  };

  readonly itemsEnded = (
    { model, class: jobClass }: Lane,
    { status, code }: Pick<Outcome, "status" | "code">,
    count: number,
  ): void => {
    const labels = { model, class: jobClass, outcome: status, code: code ?? "" };
    this.own.itemsEnded.inc(labels, count);
  };

  batchRan(
    { model, class: jobClass }: Lane,
    rows: number,
    { decodeMs, inferenceMs }: { readonly decodeMs: number; readonly inferenceMs: number },
  ): void {
    const lane = { model, class: jobClass };
    const { batchRows, batchDuration } = this.own;
    batchRows.observe(lane, rows);
    batchDuration.observe({ ...lane, phase: "decode" }, decodeMs / MS_A_SECOND);
    batchDuration.observe({ ...lane, phase: "inference" }, inferenceMs / MS_A_SECOND);
  }

  sessionLoaded(model: string, { ms, placement, wanted }: SessionLoad): void {
    this.own.sessionLoad.observe({ model }, ms / MS_A_SECOND);
    this.own.sessionLoadFailures.inc({ model }, 0);
    const { nodes } = placement;
    if (nodes === undefined) return;
    this.own.sessionNodes.set({ model, provider: wanted.name }, nodes.placed);
    this.own.sessionNodes.set({ model, provider: "cpu" }, nodes.all - nodes.placed);
  }

  /** Says once what there is. */
  showGpus(devices: readonly Device[]): void {
    for (const { provider, name: device, driver = "", memory_bytes: bytes } of devices) {
      this.own.gpuInfo.set({ provider, device, driver }, 1);
      if (bytes !== undefined) this.own.gpuMemory.set({ provider, device }, bytes);
    }
  }

  sessionLoadFailed(model: string): void {
    this.own.sessionLoadFailures.inc({ model });
  }

  runnerReplaced(reason: "crash" | "timeout"): void {
    this.own.runnerRestarts.inc({ reason });
  }

  /** Says how things are now, before they are read. */
  show({ slots, sessions, packsInHand }: WorkerLoad): void {
    for (const [state, count] of Object.entries(slots)) this.own.slots.set({ state }, count);
    this.own.sessions.set(sessions);
    this.own.packsInHand.set(packsInHand);
  }

  #variantEnded({ endpoint, variant }: Via, { status, code, metrics }: Outcome): void {
    const labels = { endpoint, variant };
    this.own.variantJobsEnded.inc({ ...labels, outcome: status, code: code ?? "" });
    if (metrics === undefined) return;
    this.own.variantJobDuration.observe(labels, metrics.total_ms / MS_A_SECOND);
  }

  #jobRan({ model, class: jobClass }: Lane, metrics: JobMetrics): void {
    const lane = { model, class: jobClass };
    const { jobDuration } = this.own;
    jobDuration.observe({ ...lane, phase: "queue" }, metrics.queue_ms / MS_A_SECOND);
    jobDuration.observe({ ...lane, phase: "batch_wait" }, metrics.batch_wait_ms / MS_A_SECOND);
    jobDuration.observe({ ...lane, phase: "total" }, metrics.total_ms / MS_A_SECOND);
  }
}
