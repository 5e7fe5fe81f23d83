import type { BlockRan, BlockRun } from "./messages.ts";
import { checkRows, runBatch } from "./run-batch.ts";
import type { LoadedModel } from "./sessions.ts";

/** Rows of one length, side by side. */
export interface Block {
  readonly rows: Buffer;
  readonly count: number;
  /** Rows at most that are run together. */
  readonly batchRows: number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What came of each row: a line of JSON, or a failure and an empty line. */
export interface BlockOutcome extends BlockRan {
  readonly outputs: Buffer;
}

/** After this long without a word the worker is told that the next run begins, in ms. */
const TELL_MS = 50;

interface Part {
  readonly lines: string;
  readonly run: BlockRun;
  readonly failures: BlockOutcome["failures"];
}

/**
 * Runs a block, a tensor batch at a time. Where that goes wrong its rows are run as rows of jobs are: each
 * fails alone.
 *
 * @param onRun called before a run when the last one told of is a while ago: each has its own time
 */
export async function runBlock(
  model: LoadedModel,
  block: Block,
  onRun: () => void,
): Promise<BlockOutcome> {
  const { rows, count, batchRows } = block;
  const rowBytes = rows.length / count;
  const parts: Part[] = [];
  let toldMs = performance.now();
  for (let from = 0; from < count; from += batchRows) {
    const until = Math.min(from + batchRows, count);
    if (performance.now() - toldMs > TELL_MS) {
      onRun();
      toldMs = performance.now();
    }
    const some = { ...block, rows: rows.subarray(from * rowBytes, until * rowBytes) };
    const part = { ...some, count: until - from };
    parts.push((await runWhole(model, part)) ?? (await runEach(model, part, from)));
  }
  return {
    outputs: Buffer.from(parts.map(({ lines }) => lines).join("\n")),
    runs: parts.map(({ run }) => run),
    failures: parts.flatMap(({ failures }) => failures),
  };
}

/** @returns undefined when its rows are to be run each by itself */
async function runWhole(model: LoadedModel, { rows, count }: Block): Promise<Part | undefined> {
  const steps = model.pipeline.block;
  if (steps?.rowBytes !== rows.length / count) return undefined;
  try {
    const startMs = performance.now();
    const inputs = steps.stack(rows);
    const stackedMs = performance.now();
    const outputs = checkRows(await model.run(inputs), count);
    const inferenceMs = performance.now() - stackedMs;
    const run = { rows: count, runRows: count, decodeMs: stackedMs - startMs, inferenceMs };
    return { lines: steps.write(outputs, count), run, failures: [] };
  } catch {
    return undefined; // what is wrong is found again, and told, row by row
  }
}

async function runEach(
  model: LoadedModel,
  { rows, count, parameters }: Block,
  from: number,
): Promise<Part> {
  const rowBytes = rows.length / count;
  const each = Array.from({ length: count }, (_, i) =>
    rows.subarray(i * rowBytes, (i + 1) * rowBytes),
  );
  const { outputs, failures, runRows, decodeMs, inferenceMs } = await runBatch(
    model,
    each,
    each.map(() => parameters),
  );
  return {
    lines: outputs.map(String).join("\n"),
    run: { rows: count, runRows: Math.max(...runRows), decodeMs, inferenceMs },
    failures: failures.flatMap((failure, i) =>
      failure === null ? [] : [[from + i, failure] as const],
    ),
  };
}
