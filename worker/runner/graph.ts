import { InferenceSession } from "onnxruntime-node";
import type { Manifest } from "../../shared/model/manifest.ts";
import { checkGraph } from "./check-graph.ts";
import type { ExecutionProvider, Placement } from "./messages.ts";
import type { Tensors } from "./pipelines/pipeline.ts";
import { fromOrt, toOrt, type PlainTensor } from "./pipelines/plain-tensor.ts";
import { FirstRuns } from "./placement.ts";
import { refuseMixedRows } from "./rows-apart.ts";

/** A graph that is ready to run. */
export interface Graph {
  readonly placement: Placement;
  /** @param onBegun called when it is the graph's turn, where it may have to wait for one */
  run(inputs: Tensors, onBegun?: () => void): Promise<Tensors>;
  /** Frees its memory; not to be run again. */
  release(): Promise<void>;
}

/** What to make a graph of. */
export interface GraphFile {
  readonly path: string;
  readonly manifest: Manifest;
  readonly provider: ExecutionProvider;
  /** Inputs of the runs that warm it up; on a GPU one at least, which tells where the nodes are. */
  readonly blanks: readonly Tensors[];
  /** Inputs of `ROWS_TOGETHER`, where `mayMixRows`. */
  readonly together: readonly Tensors[];
}

/**
 * One thread a session, since a slot is one core; spinning off, since the cores are shared with
 * image decoding. Level "all" is worth 1.5 to 2.5 times for conv nets. Its own log is for fatal
 * errors only: others are thrown as well, and their text on stderr would hold values of inputs.
 */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  graphOptimizationLevel: "all",
  logSeverityLevel: 4,
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: "0" } } },
};

/**
 * Makes a session and warms it up. Blocks the thread that it is called in, as its runs do: with
 * onnxruntime-node there is no other way.
 *
 * @throws when the file cannot be loaded, is not what the manifest says, or does not run
 */
export async function openGraph({ path, manifest, provider, ...given }: GraphFile): Promise<Graph> {
  using firstRuns = provider.name === "cpu" ? undefined : new FirstRuns();
  const options = { ...SESSION_OPTIONS, ...firstRuns?.options, executionProviders: [provider] };
  const session = await InferenceSession.create(path, options);
  const names = manifest.outputs.map((output) => output.name);
  const runWhole = async (inputs: Tensors): Promise<Tensors> => run(session, inputs, names);
  const runIn = manifest.unbatched
    ? async (inputs: Tensors) => ofOneRow(await runWhole(toOneRow(inputs)))
    : runWhole;
  try {
    checkGraph(session, manifest);
    for (const inputs of given.blanks) await runIn(inputs);
    refuseMixedRows(await ranTogether(given.together, runIn));
    const placement = firstRuns?.end(session, provider.name) ?? { provider: "cpu" };
    return { placement, run: runIn, release: async () => session.release() };
  } catch (error) {
    await session.release(); // it is tried again later, and would be kept beside the next one
    throw error;
  }
}

/** @returns nothing where one fails: some graphs fail on blank rows, or on several, and say nothing by it */
async function ranTogether(
  inputs: readonly Tensors[],
  runIn: (one: Tensors) => Promise<Tensors>,
): Promise<readonly Tensors[]> {
  const ran: Tensors[] = [];
  try {
    for (const one of inputs) ran.push(await runIn(one));
  } catch {
    return [];
  }
  return ran;
}

async function run(
  session: InferenceSession,
  inputs: Tensors,
  outputs: readonly string[],
): Promise<Tensors> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]),
  );
  const results = await session.run(feeds, outputs);
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, fromOrt(name, tensor)]),
  );
}

/**
 * Pipelines know batches alone: to them, a row of an unbatched version is a batch of one.
 *
 * @throws {RangeError} for several rows, which no tensor of the graph can hold
 */
function toOneRow(inputs: Tensors): Tensors {
  return eachOf(inputs, (tensor) => {
    const [rows, ...dims] = tensor.dims;
    if (rows !== 1) throw new RangeError("rows of an unbatched version are run one by one");
    return { ...tensor, dims };
  });
}

function ofOneRow(outputs: Tensors): Tensors {
  return eachOf(outputs, (tensor) => ({ ...tensor, dims: [1, ...tensor.dims] }));
}

function eachOf(tensors: Tensors, change: (tensor: PlainTensor) => PlainTensor): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]),
  );
}
