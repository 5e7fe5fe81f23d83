import { toProblem, type ErrorCode } from "../error.ts";
import type { TerminalStatus } from "./view.ts";

/** Milliseconds spent, and how. All durations are in ms. */
export interface JobMetrics {
  readonly queue_ms: number;
  readonly batch_wait_ms: number;
  /** Rows of the tensor batch that this job was part of. */
  readonly batch_size: number;
  readonly decode_ms: number;
  readonly inference_ms: number;
  readonly total_ms: number;
  /** ONNX Runtime execution provider that ran it. */
  readonly provider: string;
  /** True when the session was loaded for this batch. */
  readonly cold_start: boolean;
}

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
