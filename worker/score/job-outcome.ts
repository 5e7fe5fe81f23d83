import { ScoringError } from "../../shared/error.ts";
import { failure, type JobMetrics, type Outcome } from "../../shared/job/outcome.ts";
import type { RowFailure } from "../runner/messages.ts";
import type { Work } from "./carrier.ts";

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");

/**
 * The end of a job from the ends of its rows: it succeeds or fails as a whole, and a failure names
 * the first row at fault.
 *
 * @param failures one per row of the job, null where it succeeded
 * @param outputs one per row, JSON as UTF-8
 */
export function jobOutcome(
  job: Pick<Work, "form">,
  failures: readonly (RowFailure | null)[],
  outputs: readonly Buffer[],
  metrics: JobMetrics,
): Outcome {
  const row = failures.findIndex((it) => it !== null);
  const first = failures[row];
  if (first !== undefined && first !== null) {
    const pointer = job.form === "one" ? "/input" : `/inputs/${row}`;
    return failure(rowError(first, pointer), metrics);
  }
  if (job.form === "one") return { status: "succeeded", body: outputs[0] ?? "null", metrics };
  const separated = outputs.flatMap((output, i) => (i === 0 ? [output] : [COMMA, output]));
  return { status: "succeeded", body: Buffer.concat([OPEN, ...separated, CLOSE]), metrics };
}

/** The outcome, or `result_too_large`: Redis and the gateway hold what is put out. */
export function bounded(outcome: Outcome, bytesMax: number): Outcome {
  const bytes = Buffer.byteLength(outcome.body);
  if (outcome.status !== "succeeded" || bytes <= bytesMax) return outcome;
  const message = `The output has ${bytes} bytes; the limit is ${bytesMax}.`;
  return failure(new ScoringError("result_too_large", message), outcome.metrics);
}

function rowError({ code, message, faults }: RowFailure, pointer: string): ScoringError {
  const pointed =
    faults.length > 0
      ? faults.map((it) => ({ ...it, pointer: pointer + (it.pointer ?? "") }))
      : [{ detail: message, pointer }];
  return new ScoringError(code, message, { faults: pointed });
}
