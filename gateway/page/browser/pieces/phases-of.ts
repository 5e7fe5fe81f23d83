import type { JobMetrics } from "../../../../shared/job/outcome.ts";

export interface Phase {
  readonly name: "queued" | "decode" | "model" | "answer";
  readonly ms: number;
}

/** The phases of a job, in order; together they are its whole time. */
export function phasesOf(metrics: JobMetrics): readonly Phase[] {
  const {
    queue_ms: queue,
    batch_wait_ms: gather,
    decode_ms: decode,
    inference_ms: model,
  } = metrics;
  const rest = Math.max(0, metrics.total_ms - queue - gather - decode - model);
  return [
    { name: "queued", ms: queue + gather },
    { name: "decode", ms: decode },
    { name: "model", ms: model },
    { name: "answer", ms: rest },
  ];
}

/** Who was in its tensor batch, in words. */
export function companyOf({ batch_size: size }: Pick<JobMetrics, "batch_size">): string {
  if (size <= 1) return "alone in its batch";
  return size === 2 ? "with 1 other row in its batch" : `with ${size - 1} other rows in its batch`;
}
