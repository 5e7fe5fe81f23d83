import { isDtype, type Dtype } from "../../../shared/model/tensor/element.ts";
import { RunnerDied } from "../../../worker/score/runner-died.ts";
import type { RunnerProcess } from "../../../worker/score/runner-process.ts";
import { allNodes } from "../onnx/all-nodes.ts";
import { addendsOf, withOwnNames } from "../onnx/dimension-names.ts";
import { shapeText, type Dimension, type GraphValue, type OnnxModel } from "../onnx/graph.ts";

/** A graph as it is when it runs: what its file says of outputs is a note. */
export interface Observation {
  /** With names of dimensions as manifests have them, and the shapes that outputs had. */
  readonly model: OnnxModel;
  /** Outputs without a row for each row that goes in; and what is said of each: `[5, 3] for 1 row`. */
  readonly apart: ReadonlyMap<string, string>;
  /** Whether it ran on blank rows, as a version is warmed up with. */
  readonly hasRun: boolean;
}

/** What runs a graph; a runner. */
export type Prober = Pick<RunnerProcess, "probe">;

/** What it answers. */
export type Probed = Awaited<ReturnType<Prober["probe"]>>;

/** Sizes that varying dimensions may be told to have. */
export type GivenRanges = Readonly<
  Record<string, { readonly min?: number; readonly max?: number | undefined }>
>;

/** How many rows the second run has. */
const ROWS = 3;
/**
 * Sizes to try open dimensions with, each twice, until the graph runs: one that folds images or sound
 * takes no small ones, and no graph says which. None is a number of rows.
 */
const SIZES = [
  [2, 4],
  [32, 64],
  [256, 512],
  [1024, 2048],
] as const;

/** Operators whose outputs are as long as their values have it: what runs alike twice may be otherwise. */
const BY_VALUE = new Set(["NonZero", "NonMaxSuppression", "Compress", "Unique", "Loop", "If"]);

/**
 * Runs a graph with 1 and 3 rows of made-up values, and with two sizes of what varies, and takes the
 * shapes of its outputs from that. Where it does not run, the file's word stands.
 *
 * @param served names of the outputs to look at
 * @param ranges of dimensions that vary, by the names that a manifest has for them
 */
export async function observe(
  prober: Prober,
  model: OnnxModel,
  { served, ranges = {} }: { readonly served: readonly string[]; readonly ranges?: GivenRanges },
): Promise<Observation> {
  const named = withOwnNames(model);
  const inputs = tensorsOf(model, named);
  const outputs = tensorNames(named.graph.outputs).filter((name) => served.includes(name));
  if (inputs === null || outputs.length === 0) return notRun(named);
  const ask = async (how: Sizes): Promise<Seen | null> =>
    run(prober, model.path, { inputs, outputs, how });
  try {
    const seen = await runsOf(inputs, ranges, ask);
    return seen === null ? notRun(named) : concluded(named, seen);
  } catch (error) {
    if (!(error instanceof RunnerDied)) throw error;
    // It is tried again as a version, and what ends a runner is told then.
    return notRun(named);
  }
}

/** An input with what it is called by its file, and by us. */
interface ProbedInput {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly Dimension[];
  readonly named: readonly Dimension[];
}

/** @returns null when one of the inputs is nothing that can be made up */
function tensorsOf({ graph }: OnnxModel, named: OnnxModel): readonly ProbedInput[] | null {
  const inputs = graph.inputs.flatMap(({ name, type }, i) => {
    const own = named.graph.inputs[i]?.type;
    if (type.kind !== "tensor" || type.dims === null || !isDtype(type.dtype)) return [];
    if (own?.kind !== "tensor" || own.dims === null) return [];
    return [{ name, dtype: type.dtype, dims: type.dims, named: own.dims }];
  });
  return inputs.length === graph.inputs.length && inputs.length > 0 ? inputs : null;
}

/** Of those that a run can return. */
export function tensorNames(values: readonly GraphValue[]): readonly string[] {
  return values.flatMap(({ name, type }) =>
    type.kind === "tensor" && isDtype(type.dtype) ? [name] : [],
  );
}

interface Sizes {
  /** Rows of the batch; null when no dimension is one, and all that is open varies. */
  readonly rows: number | null;
  readonly sizeOf: (name: string) => number;
  readonly seed: number;
}

/** Shapes by the names of outputs. */
type Seen = ReadonlyMap<string, readonly number[]>;

interface Runs {
  /** Whether every input has room for any number of rows. */
  readonly isBatch: boolean;
  /** With one row, if it is a batch. */
  readonly small: Seen;
  /** The same with three rows; null where that did not run. */
  readonly several: Seen | null;
  /** As `small`, with other sizes of what varies; null where that did not run. */
  readonly large: Seen | null;
}

async function runsOf(
  inputs: readonly ProbedInput[],
  ranges: GivenRanges,
  ask: (how: Sizes) => Promise<Seen | null>,
): Promise<Runs | null> {
  const isOpen = inputs.every(({ dims }) => dims.length > 0 && typeof dims[0] !== "number");
  const rows = isOpen ? 1 : null;
  const varying = varyingNames(inputs, isOpen);
  for (const [least, most] of varying.length === 0 ? SIZES.slice(0, 1) : SIZES) {
    const [sizeOf, otherOf] = [within(ranges, least), within(ranges, most)];
    const small = await ask({ rows, sizeOf, seed: 0 });
    if (small === null) continue;
    const several = isOpen ? await ask({ rows: ROWS, sizeOf, seed: 0 }) : null;
    const isOther = varying.every((name) => sizeOf(name) !== otherOf(name));
    const large = isOther ? await ask({ rows, sizeOf: otherOf, seed: 1 }) : null;
    return { isBatch: isOpen, small, several, large };
  }
  return null;
}

function varyingNames(inputs: readonly ProbedInput[], isOpen: boolean): readonly string[] {
  return inputs.flatMap(({ name, named }) =>
    named.flatMap((dim, i) =>
      typeof dim === "number" || (i === 0 && isOpen) ? [] : [dim ?? `${name}_${i}`],
    ),
  );
}

function within(ranges: GivenRanges, size: number): (name: string) => number {
  return (name) => {
    const { min = 0, max = Infinity } = ranges[name] ?? {};
    // A range is somebody's word: its ends are tried before anything else.
    return name in ranges && min > 0
      ? Math.min(size > 2 ? 2 * min : min, max)
      : Math.min(size, max);
  };
}

async function run(
  prober: Prober,
  path: string,
  {
    inputs,
    outputs,
    how,
  }: {
    readonly inputs: readonly ProbedInput[];
    readonly outputs: readonly string[];
    readonly how: Sizes;
  },
): Promise<Seen | null> {
  const { rows, sizeOf, seed } = how;
  const fed = inputs.map(({ name, dtype, dims, named }) => ({
    name,
    dtype,
    dims: named.map((dim, i) => {
      if (typeof dim === "number") return dim;
      if (i === 0 && rows !== null) return rows;
      return sizeIn(dims[i] ?? null, dim ?? `${name}_${i}`, sizeOf);
    }),
  }));
  const result = await prober.probe(path, { inputs: fed, outputs, seed });
  if (result.reason !== undefined) return null;
  return new Map(result.outputs.map(({ name, dims }) => [name, dims]));
}

/** @param declared by the file, where it may be a sum of others */
function sizeIn(declared: Dimension, name: string, sizeOf: (name: string) => number): number {
  const addends = typeof declared === "string" ? addendsOf(declared) : null;
  if (addends === null) return sizeOf(name);
  return addends.reduce((sum, one) => sum + (/^\d+$/.test(one) ? Number(one) : sizeOf(one)), 0);
}

function concluded(model: OnnxModel, runs: Runs): Observation {
  const isByValue = [...allNodes(model)].some(({ opType }) => BY_VALUE.has(opType));
  const apart = new Map<string, string>();
  const outputs = model.graph.outputs.map((value): GraphValue => {
    const { name, type } = value;
    const small = runs.small.get(name);
    if (small === undefined || type.kind !== "tensor") return value;
    const declared = type.dims?.length === small.length ? type.dims : small.map(() => null);
    const several = runs.several?.get(name);
    const isApart = runs.isBatch && (small[0] !== 1 || (several?.[0] ?? ROWS) !== ROWS);
    if (isApart) apart.set(name, apartText(small, several));
    const large = runs.large?.get(name);
    const dims = small.map((size, i): Dimension => {
      const own = declared[i] ?? null;
      if (i === 0 && runs.isBatch && !isApart) return typeof own === "string" ? own : null;
      const isLonger = several !== undefined && several[i] !== size;
      if (isLonger && i > 0) return typeof own === "string" ? own : batchName(model);
      const isSame = size > 0 && (large === undefined ? own === size : large[i] === size);
      if (isSame && !isLonger && (own === size || !isByValue)) return size;
      return typeof own === "string" ? own : `${name}_${i}`;
    });
    return { name, type: { ...type, dims } };
  });
  return { model: { ...model, graph: { ...model.graph, outputs } }, apart, hasRun: true };
}

function apartText(one: readonly number[], several: readonly number[] | undefined): string {
  const more = several === undefined ? "" : `, and ${shapeText(several)} for ${ROWS}`;
  return `${shapeText(one)} for 1 row${more}`;
}

function batchName({ graph }: OnnxModel): string {
  const firsts = graph.inputs.map(({ type }) => (type.kind === "tensor" ? type.dims?.[0] : null));
  return firsts.find((first) => typeof first === "string") ?? "batch";
}

/** Of a graph that did not run, or could not. */
function notRun(model: OnnxModel): Observation {
  return { model: asDeclared(model), apart: new Map(), hasRun: false };
}

/** One row in an output is a note where its inputs take any number. */
function asDeclared(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const isOpen = graph.inputs.every(
    ({ type }) => type.kind === "tensor" && typeof type.dims?.[0] !== "number",
  );
  if (!isOpen) return model;
  const outputs = graph.outputs.map((value): GraphValue => {
    const { name, type } = value;
    if (type.kind !== "tensor" || type.dims?.[0] !== 1) return value;
    return { name, type: { ...type, dims: [null, ...type.dims.slice(1)] } };
  });
  return { ...model, graph: { ...graph, outputs } };
}
