import type { JobMetrics, Outcome } from "../../shared/job/outcome.ts";
import type { Carrier, Task } from "./carrier.ts";
import { bounded, jobOutcome } from "./job-outcome.ts";
import type { RunResult } from "./run-request.ts";
import { metricsOf } from "./task.ts";

export interface RunTimes {
  /** When the run began, and when it had ended; epoch ms. */
  readonly startMs: number;
  readonly nowMs: number;
  /** Bytes of JSON that one task may put out. */
  readonly outputBytesMax: number;
}

/** How each task of a tensor batch that was run has ended. */
export function runEnds(
  batch: readonly Task[],
  result: RunResult,
  { startMs, nowMs, outputBytesMax }: RunTimes,
): readonly (readonly [Task, Outcome])[] {
  // Tasks of one carrier have the same metrics, but for the rows of their run.
  const known = new Map<Carrier, Map<number, JobMetrics>>();
  const metrics = (task: Task, batchRows: number): JobMetrics => {
    const own = known.get(task.carrier) ?? new Map<number, JobMetrics>();
    const made = own.get(batchRows) ?? metricsOf(task, result, batchRows, [startMs, nowMs]);
    known.set(task.carrier, own.set(batchRows, made));
    return made;
  };
  let row = 0;
  return batch.map((task) => {
    const rows = [row, row + task.rows] as const;
    row += task.rows;
    const outcome = jobOutcome(
      task.work,
      result.failures.slice(...rows),
      result.outputs.slice(...rows),
      metrics(task, Math.max(...result.runRows.slice(...rows))),
    );
    return [task, bounded(outcome, outputBytesMax)];
  });
}
