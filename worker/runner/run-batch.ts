import { ScoringError } from "../../shared/error.ts";
import type { RowFailure } from "./messages.ts";
import type { Tensors } from "./pipeline/pipeline.ts";
import type { LoadedModel } from "./sessions.ts";

/** What came of each row; `failures[i]` is null exactly where `outputs[i]` holds JSON. */
export interface BatchOutcome {
  readonly failures: readonly (RowFailure | null)[];
  readonly outputs: readonly Buffer[];
  readonly decodeMs: number;
  readonly inferenceMs: number;
}

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Encodes the rows, runs the model once over those that can be, and decodes its outputs. A row that
 * fails to encode or decode fails alone. A run that throws is done again in halves, so that the row
 * which makes it throw (an id beyond the model's table, say) fails alone as well.
 *
 * @param parameters one per row
 */
export async function runBatch(
  model: LoadedModel,
  rows: readonly Buffer[],
  parameters: readonly Parameters[],
): Promise<BatchOutcome> {
  const failures: (RowFailure | null)[] = rows.map(() => null);
  const outputs: Buffer[] = rows.map(() => Buffer.alloc(0));
  const startMs = performance.now();
  const batch = await model.pipeline.encode(rows, parameters);
  const { kept, refused, inputs } = batch;
  for (const [i, reason] of refused) failures[i] = failureOf(reason);
  const encodedMs = performance.now();
  let results: Tensors | undefined;
  let crash: unknown;
  try {
    results = inputs && checkRows(await model.run(inputs), kept.length);
  } catch (error) {
    if (kept.length > 1) return runHalves(model, rows, parameters);
    crash = error;
  }
  const ranMs = performance.now();
  for (const [place, i] of kept.entries()) {
    try {
      if (results === undefined) throw crash;
      const output = batch.decode(results, place, parameters[i] ?? {});
      outputs[i] = Buffer.from(JSON.stringify(output));
    } catch (error) {
      failures[i] = failureOf(error);
    }
  }
  return {
    failures,
    outputs,
    decodeMs: encodedMs - startMs,
    inferenceMs: ranMs - encodedMs,
  };
}

/** Times are those of the halves: the run that threw gave nothing. */
async function runHalves(
  model: LoadedModel,
  rows: readonly Buffer[],
  parameters: readonly Parameters[],
): Promise<BatchOutcome> {
  const middle = Math.ceil(rows.length / 2);
  const first = await runBatch(model, rows.slice(0, middle), parameters.slice(0, middle));
  const second = await runBatch(model, rows.slice(middle), parameters.slice(middle));
  return {
    failures: [...first.failures, ...second.failures],
    outputs: [...first.outputs, ...second.outputs],
    decodeMs: first.decodeMs + second.decodeMs,
    inferenceMs: first.inferenceMs + second.inferenceMs,
  };
}

/** @throws when an output does not have one row per row of the batch: whose would they be? */
function checkRows(outputs: Tensors, rows: number): Tensors {
  for (const [name, { dims }] of Object.entries(outputs)) {
    if (dims[0] !== rows) {
      throw new Error(`output "${name}" is [${dims.join(", ")}] for a batch of ${rows}`);
    }
  }
  return outputs;
}

/** What is not known to be the input's fault is the model's. */
function failureOf(error: unknown): RowFailure {
  if (error instanceof ScoringError) {
    return { code: error.code, message: error.message, faults: error.faults };
  }
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const message = `The model failed: ${reason.slice(0, 300)}`;
  return { code: "model_error", message, faults: [] };
}
