import type { Answer, JobMetrics } from "./sender.ts";

/** Milliseconds by percentile. */
export type Percentiles = Readonly<Record<"mean" | "p50" | "p90" | "p95" | "p99" | "max", number>>;

/** Where a request's time goes, in order. */
export const PHASES = ["queue", "batch_wait", "decode", "inference", "settle", "http"] as const;
export type Phase = (typeof PHASES)[number];

/** What came of a load. */
export interface Figures {
  readonly seconds: number;
  readonly requests: number;
  readonly succeeded: number;
  /** Jobs that succeeded a second. */
  readonly perSecond: number;
  /** Of jobs that succeeded; undefined when none did. */
  readonly latencyMs: Percentiles | undefined;
  readonly phasesMs: Readonly<Record<Phase, Percentiles>> | undefined;
  /** Rows a second. */
  readonly rowsPerSecond: number;
  /** Rows that ran together, on average. */
  readonly batchSize: number;
  /** Slots that were busy, on average. */
  readonly slotsBusy: number;
  /** Requests that did not succeed, by code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Counts answers. */
export class Tally {
  readonly #startMs = performance.now();
  readonly #latencies: number[] = [];
  readonly #phases = ofEach((): number[] => []);
  readonly #errors = new Map<string, number>();
  #requests = 0;
  #rows = 0;
  #batchRows = 0;
  #slotMs = 0;

  readonly add = ({ code, metrics, rows = 1 }: Answer, ms: number): void => {
    if (code === "stopped") return;
    this.#requests += 1;
    if (metrics === undefined) {
      const name = code ?? "unknown";
      this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1);
      return;
    }
    this.#latencies.push(ms);
    const spent = phasesOf(metrics, ms);
    for (const phase of PHASES) this.#phases[phase].push(spent[phase]);
    this.#rows += rows;
    this.#batchRows += metrics.batch_size;
    // Its share of what its batch took of a slot.
    const share = Math.min(1, rows / metrics.batch_size);
    this.#slotMs += share * (metrics.decode_ms + metrics.inference_ms);
  };

  /** How far it is, in a line. */
  progress(): string {
    const failed = this.#requests - this.#latencies.length;
    const rate = this.#latencies.length / this.#seconds;
    return `${this.#seconds.toFixed(0)} s: ${this.#latencies.length} scored, ${rate.toFixed(0)} a second, ${failed} not`;
  }

  figures(): Figures {
    const seconds = this.#seconds;
    const succeeded = this.#latencies.length;
    return {
      seconds,
      requests: this.#requests,
      succeeded,
      perSecond: succeeded / seconds,
      latencyMs: succeeded === 0 ? undefined : percentiles(this.#latencies),
      phasesMs: succeeded === 0 ? undefined : ofEach((phase) => percentiles(this.#phases[phase])),
      rowsPerSecond: this.#rows / seconds,
      batchSize: succeeded === 0 ? 0 : this.#batchRows / succeeded,
      slotsBusy: this.#slotMs / 1000 / seconds,
      errors: Object.fromEntries([...this.#errors].toSorted(([, a], [, b]) => b - a)),
    };
  }

  get #seconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }
}

function ofEach<T>(of: (phase: Phase) => T): Record<Phase, T> {
  return {
    queue: of("queue"),
    batch_wait: of("batch_wait"),
    decode: of("decode"),
    inference: of("inference"),
    settle: of("settle"),
    http: of("http"),
  };
}

/**
 * - `queue`: from creation until a worker took the job
 * - `batch_wait`: until it ran
 * - `decode`, `inference`: of its batch
 * - `settle`: the rest until it had ended, wherever that went
 * - `http`: the rest until the answer was here
 */
function phasesOf(metrics: JobMetrics, ms: number): Record<Phase, number> {
  const { queue_ms: queue, batch_wait_ms: wait, decode_ms: decode, inference_ms: run } = metrics;
  const settle = Math.max(0, metrics.total_ms - queue - wait - decode - run);
  const http = Math.max(0, ms - metrics.total_ms);
  return { queue, batch_wait: wait, decode, inference: run, settle, http };
}

/** By nearest rank. @param values one at least */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  const mean = sorted.reduce((sum, it) => sum + it, 0) / sorted.length;
  return { mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) };
}
