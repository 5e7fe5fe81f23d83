import { ScoringError } from "../../shared/error.ts";
import type { RowFailure, RowsRan } from "./messages.ts";
import type { EncodedStack, Tensors } from "./pipelines/pipeline.ts";
import type { LoadedModel } from "./sessions.ts";
import { messageOf } from "../../shared/message-of.ts";

/** What came of each row; `failures[i]` is null exactly where `outputs[i]` holds JSON. */
export interface BatchOutcome extends RowsRan {
  readonly outputs: readonly Buffer[];
}

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Encodes the rows, runs the model once over those that can be, and decodes its outputs. Rows whose
 * shapes differ cannot be in one tensor: each shape is a run of its own. A row that fails to encode or
 * decode fails alone. A run that throws is done again in halves, so that the row which makes it throw
 * (an id beyond the model's table, say) fails alone as well.
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
  const runRows = rows.map(() => 1);
  const startMs = performance.now();
  const { refused, stacks } = await model.pipeline.encode(rows, parameters);
  for (const [i, reason] of refused) failures[i] = failureOf(reason);
  let decodeMs = performance.now() - startMs;
  let inferenceMs = 0;
  for (const stack of stacks) {
    const own = stack.rows.map((i) => parameters[i] ?? {});
    const part =
      (await runStack(model, stack, own)) ?? (await runHalves(model, pick(stack.rows, rows), own));
    decodeMs += part.decodeMs;
    inferenceMs += part.inferenceMs;
    for (const [position, i] of stack.rows.entries()) {
      failures[i] = part.failures[position] ?? null;
      outputs[i] = part.outputs[position] ?? Buffer.alloc(0);
      runRows[i] = part.runRows[position] ?? 1;
    }
  }
  return { failures, outputs, runRows, decodeMs, inferenceMs };
}

/** @returns undefined when the run threw and its rows are to be tried apart */
async function runStack(
  model: LoadedModel,
  stack: EncodedStack,
  parameters: readonly Parameters[],
): Promise<BatchOutcome | undefined> {
  const count = stack.rows.length;
  const startMs = performance.now();
  const inputs = stack.inputs();
  const stackedMs = performance.now();
  let begunMs = stackedMs;
  const onBegun = (): void => {
    begunMs = performance.now();
  };
  let results: Tensors | undefined;
  let crash: unknown;
  try {
    results = checkRows(await model.run(inputs, onBegun), count);
  } catch (error) {
    if (count > 1) return undefined;
    crash = error;
  }
  const inferenceMs = performance.now() - begunMs;
  const failures: (RowFailure | null)[] = [];
  const outputs: Buffer[] = [];
  for (const [row, given] of parameters.entries()) {
    try {
      if (results === undefined) throw crash;
      outputs[row] = Buffer.from(JSON.stringify(stack.decode(results, row, given)));
      failures[row] = null;
    } catch (error) {
      outputs[row] = Buffer.alloc(0);
      failures[row] = failureOf(error);
    }
  }
  const runRows = parameters.map(() => count);
  return { failures, outputs, runRows, decodeMs: stackedMs - startMs, inferenceMs };
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
    runRows: [...first.runRows, ...second.runRows],
    decodeMs: first.decodeMs + second.decodeMs,
    inferenceMs: first.inferenceMs + second.inferenceMs,
  };
}

function pick(indices: readonly number[], rows: readonly Buffer[]): readonly Buffer[] {
  return indices.flatMap((i) => rows[i] ?? []);
}

/** @throws when an output does not have one row per row of the batch: whose would they be? */
export function checkRows(outputs: Tensors, rows: number): Tensors {
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
  const [reason = ""] = messageOf(error).split("\n");
  const message = `The model failed: ${reason.slice(0, 300)}`;
  return { code: "model_error", message, faults: [] };
}
