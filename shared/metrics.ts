import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Lane } from "./lane.ts";
import { packageVersion } from "./version.ts";

/**
 * One metric as its role's table has it. `docs/metrics.md` lists all of them; a test holds the two
 * together. Names follow Prometheus: base units, `_total` for counters.
 *
 * No label may hold what a client chooses, or what grows: ids, tenants, keys.
 */
export interface MetricDeclaration {
  readonly type: "counter" | "gauge" | "histogram";
  readonly name: `scoreline_${string}`;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, ascending, in the unit of the name; of histograms only. */
  readonly buckets?: readonly number[];
}

export type MetricTable = Readonly<Record<string, MetricDeclaration>>;

/** The live metrics of a table, under its keys. */
export type Metrics<T extends MetricTable> = {
  readonly [K in keyof T]: Instrument<T[K]["type"], T[K]["labels"][number]>;
};

type Instrument<Type extends MetricDeclaration["type"], Label extends string> = {
  counter: Counter<Label>;
  gauge: Gauge<Label>;
  histogram: Histogram<Label>;
}[Type];

/** What every role tells beside its own. */
export const commonMetrics = {
  buildInfo: {
    type: "gauge",
    name: "scoreline_build_info",
    help: "Always 1: the version of Scoreline that runs, and as what.",
    labels: ["role", "version"],
  },
  redisReady: {
    type: "gauge",
    name: "scoreline_redis_ready",
    help: "Whether this process is connected to Redis: 0 or 1.",
    labels: [],
  },
  clockSkew: {
    type: "gauge",
    name: "scoreline_clock_skew_seconds",
    help: "By how much the clock of this process's machine is ahead of Redis'; negative when behind.",
    labels: [],
  },
  jobsEnded: {
    type: "counter",
    name: "scoreline_jobs_ended_total",
    help: "Jobs that this process ended, by status and error code; code is empty for succeeded ones.",
    labels: ["model", "class", "outcome", "code"],
  },
} as const satisfies MetricTable;

/** Prometheus' text format, version 0.0.4. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * How old the figures that a role shows may be, in ms: making them takes a millisecond or more, and
 * anybody may ask.
 */
export const METRICS_KEPT_MS = 1000;

interface Ended {
  readonly lane: Lane;
  readonly outcome: { readonly status: string; readonly code?: string | undefined };
}

export type Role = "gateway" | "worker" | "courier";

/** The metrics of one process: its role's, the common ones, and those of Node and the process. */
export class ProcessMetrics<T extends MetricTable> {
  readonly common: Metrics<typeof commonMetrics>;
  readonly own: Metrics<T>;
  readonly #registry = new Registry();

  constructor(role: Role, table: T) {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LAG_LOOK_MS });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    this.common = instruments(commonMetrics, this.#registry);
    this.own = instruments(table, this.#registry);
    this.common.buildInfo.set({ role, version: packageVersion() }, 1);
  }

  /** Counts jobs that were ended by this process. */
  readonly jobEnded = ({ lane, outcome }: Ended, count = 1): void => {
    const { model, class: jobClass } = lane;
    const { status, code = "" } = outcome;
    this.common.jobsEnded.inc({ model, class: jobClass, outcome: status, code }, count);
  };

  showClock({ skewMs }: { readonly skewMs: number }): void {
    this.common.clockSkew.set(skewMs / 1000);
  }

  showRedis(isReady: boolean): void {
    this.common.redisReady.set(isReady ? 1 : 0);
  }

  /** @returns all of them, as `METRICS_TYPE` */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/**
 * Between two looks at the event loop's lag, in ms; the lag that is shown has it added. With
 * prom-client's 10 an idle process took 0.65 % of a core, with 50 it takes 0.18 % (measured).
 */
const LAG_LOOK_MS = 50;

/** Gauges of prom-client's that are named like counters, which promtool refuses; each has a twin by type. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

function instruments<T extends MetricTable>(table: T, registry: Registry): Metrics<T> {
  const made = Object.entries(table).map(([key, it]) => [key, instrument(it, registry)] as const);
  // Made from the table, entry by entry.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(made) as Metrics<T>;
}

function instrument(
  { type, name, help, labels, buckets = [] }: MetricDeclaration,
  registry: Registry,
): Counter | Gauge | Histogram {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  switch (type) {
    case "counter":
      return new Counter(options);
    case "gauge":
      return new Gauge(options);
    case "histogram":
      return new Histogram({ ...options, buckets: [...buckets] });
  }
}
