import { z } from "zod";
import { toProblem, type ErrorCode } from "../error.ts";
import type { TerminalStatus } from "./view.ts";

/** Milliseconds spent, and how. All durations are in ms. */
export const jobMetricsSchema = z.strictObject({
  queue_ms: z.number(),
  batch_wait_ms: z.number(),
  /** Rows of the tensor batch that this job was part of. */
  batch_size: z.int(),
  decode_ms: z.number(),
  inference_ms: z.number(),
  total_ms: z.number(),
  /** ONNX Runtime execution provider that ran it. */
  provider: z.string(),
  /** True when the session was loaded for this batch. */
  cold_start: z.boolean(),
});

export type JobMetrics = Readonly<z.infer<typeof jobMetricsSchema>>;

/** How a job ended. */
export interface Outcome {
  readonly status: TerminalStatus;
  /** JSON text: the output when succeeded, else a problem document. */
  readonly body: Buffer | string;
  readonly metrics: JobMetrics | undefined;
  /** The problem's; undefined when succeeded. */
  readonly code?: ErrorCode;
}

export function failure(
  error: unknown,
  metrics?: JobMetrics,
  status: Exclude<TerminalStatus, "succeeded"> = "failed",
): Outcome {
  const problem = toProblem(error);
  return { status, body: JSON.stringify(problem), metrics, code: problem.code };
}
