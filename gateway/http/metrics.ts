import { toProblem } from "../../shared/error.ts";
import type { NewJob } from "../../shared/job/new-job.ts";
import { namesIn, NO_ENDPOINT, type JobView, type Via } from "../../shared/job/view.ts";
import { ProcessMetrics, type MetricTable } from "../../shared/metrics.ts";
import type { Lane, LaneClass } from "../../shared/lane.ts";

/** What a gateway tells beside `commonMetrics`; `service/metrics-route.ts` fills the gauges. */
export const gatewayMetrics = {
  httpRequests: {
    type: "counter",
    name: "scoreline_http_requests_total",
    help: "Requests answered, by route of the API; `other` is what has none.",
    labels: ["route", "method", "status"],
  },
  httpDuration: {
    type: "histogram",
    name: "scoreline_http_request_duration_seconds",
    help: "From a request to the head of its answer, waits included.",
    labels: ["route", "method"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  jobsSubmitted: {
    type: "counter",
    name: "scoreline_jobs_submitted_total",
    help: "Creates and retries of jobs: accepted, replayed, retried, or refused with a code.",
    labels: ["model", "class", "outcome", "code", "endpoint", "variant"],
  },
  shadowJobs: {
    type: "counter",
    name: "scoreline_shadow_jobs_total",
    help: "Jobs that a shadow was to score as well: accepted, dropped since too many wait, or failed.",
    labels: ["endpoint", "variant", "shadow", "outcome"],
  },
  waitedJobs: {
    type: "gauge",
    name: "scoreline_waited_jobs",
    help: "Jobs that requests to this gateway wait for.",
    labels: [],
  },
  laneOutstanding: {
    type: "gauge",
    name: "scoreline_lane_outstanding",
    help: "Jobs, and chunks of batches, accepted and not ended. Read from Redis: take max().",
    labels: ["model", "class"],
  },
  laneLoad: {
    type: "gauge",
    name: "scoreline_lane_load",
    help: "Jobs, and items of batches, accepted and not ended: what KEDA scales on. Read from Redis: take max().",
    labels: ["model", "class"],
  },
  lanePaused: {
    type: "gauge",
    name: "scoreline_lane_paused",
    help: "1 while an operator has paused the lane, else 0. Read from Redis: take max().",
    labels: ["model", "class"],
  },
  laneRunning: {
    type: "gauge",
    name: "scoreline_lane_running",
    help: "Jobs and chunks in workers' hands. Read from Redis: take max().",
    labels: ["model", "class"],
  },
  modelRecent: {
    type: "gauge",
    name: "scoreline_model_recent",
    help: "1 when work of a version came within the last minute, else 0. Read from Redis: take max().",
    labels: ["model"],
  },
  labels: {
    type: "counter",
    name: "scoreline_labels_total",
    help: "Labels that came for ended jobs, by whether the output was right: right, wrong or unknown.",
    labels: ["endpoint", "variant", "model", "outcome"],
  },
  laneOldestAge: {
    type: "gauge",
    name: "scoreline_lane_oldest_age_seconds",
    help: "Age of the oldest job or chunk not ended, 0 without one. Read from Redis: take max().",
    labels: ["model", "class"],
  },
  workers: {
    type: "gauge",
    name: "scoreline_workers",
    help: "Workers that serve a version, by their state. Read from Redis: take max().",
    labels: ["model", "state"],
  },
  redisMemoryUsed: {
    type: "gauge",
    name: "scoreline_redis_memory_used_bytes",
    help: "What Redis says it uses: the same from each gateway, take max().",
    labels: [],
  },
  redisMemoryMax: {
    type: "gauge",
    name: "scoreline_redis_memory_max_bytes",
    help: "Redis' maxmemory, 0 without a limit: the same from each gateway, take max().",
    labels: [],
  },
} as const satisfies MetricTable;

/** A request that has been answered. */
export interface AnsweredRequest {
  /** As in `docs/api.md`: `/v1/jobs/{id}`; or `other`. */
  readonly route: string;
  /** One that some route has; or `other`. */
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

/** Counts what a gateway does. */
export class GatewayMetrics extends ProcessMetrics<typeof gatewayMetrics> {
  constructor() {
    super("gateway", gatewayMetrics);
  }

  requestAnswered({ route, method, status, seconds }: AnsweredRequest): void {
    this.own.httpRequests.inc({ route, method, status });
    this.own.httpDuration.observe({ route, method }, seconds);
  }

  /** Begins to count one create. @param model a version that there is */
  submission(model: string, via: Via | undefined): SubmissionCount {
    return new SubmissionCount(model, via, this);
  }

  /** @param via of the live job @param outcome what became of the job that the shadow was to score */
  shadowSubmitted(via: Via, shadow: string, outcome: string): void {
    const names = via.isUnnamed === true ? "" : shadow;
    this.own.shadowJobs.inc({ ...namesIn(via), shadow: names, outcome });
  }

  /** @param outcome whether its output was right, by a label that came later */
  jobLabeled({ model, via }: Pick<JobView, "model" | "via">, outcome: string): void {
    this.own.labels.inc({ ...namesIn(via), model, outcome });
  }

  jobRetried({ model, class: jobClass }: Lane): void {
    this.own.jobsSubmitted.inc({
      model,
      class: jobClass,
      outcome: "retried",
      code: "",
      ...NO_ENDPOINT,
    });
  }
}

/** One create: what it first turned out to be is counted, once. */
export class SubmissionCount {
  readonly #model: string;
  readonly #via: Via | undefined;
  readonly #metrics: GatewayMetrics;
  /** Empty for what is refused before it is known. */
  #class: LaneClass | "" = "";
  #isCounted = false;

  constructor(model: string, via: Via | undefined, metrics: GatewayMetrics) {
    this.#model = model;
    this.#via = via;
    this.#metrics = metrics;
  }

  read(job: Pick<NewJob, "class">): void {
    this.#class = job.class;
  }

  accepted(): void {
    this.#count("accepted", "");
  }

  replayed(): void {
    this.#count("replayed", "");
  }

  /** What fails later than its accept was not refused. */
  failed(error: unknown): void {
    this.#count("refused", toProblem(error).code);
  }

  #count(outcome: string, code: string): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    const labels = {
      model: this.#model,
      class: this.#class,
      outcome,
      code,
      ...namesIn(this.#via),
    };
    this.#metrics.own.jobsSubmitted.inc(labels);
  }
}
