import type { Graph, GraphNode, OnnxModel } from "../onnx/graph.ts";
import type { RowElement, Rows } from "./row-elements.ts";

/** Elements of inputs that may be NaN, as `input position`. */
type Gaps = ReadonlySet<string>;
const NONE: Gaps = new Set();

/** Operators that hand NaN on where it stands, or to the element that is made of it. */
const PASSING = new Set(
  `Identity Reshape Flatten Squeeze Unsqueeze Transpose Concat Split Slice Gather Expand
ArrayFeatureExtractor FeatureVectorizer Scaler Imputer Where
Add Sub Mul Div Neg Abs Sqrt Exp Log Pow`.split(/\s+/),
);
/** Operators that make a test of tests. */
const OF_TESTS = new Set(["Not", "Or", "Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);
const TREES = new Set(["TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"]);
/** `TensorProto.DataType` of floats: anything else cannot hold NaN. */
const FLOATS: ReadonlySet<bigint | null | undefined> = new Set([1n, 10n, 11n, 16n]);

/**
 * Which elements of its inputs a graph takes as missing: NaN goes from there to nothing but operators
 * that are made for it, in whatever subgraph: an `Imputer` that replaces NaN, `IsNaN` and the `Where` that
 * goes by it, trees that track missing values. Anything else would answer NaN, or nonsense.
 *
 * @param rows of the graph, for where each element goes
 */
export function gapsIn({ graph }: OnnxModel, rows: Rows): (element: RowElement) => boolean {
  const walk = new Walk(rows);
  const starts = graph.inputs.map(({ name }): [string, Gaps] => [
    name,
    new Set((rows.get(name) ?? []).map(nameOf)),
  ]);
  const values = new Map(starts);
  walk.through(graph, values);
  for (const { name } of graph.outputs) walk.lose(values.get(name) ?? NONE);
  return (element) => walk.met.has(nameOf(element)) && !walk.lost.has(nameOf(element));
}

function nameOf({ input, position }: RowElement): string {
  return `${input} ${position}`;
}

class Walk {
  /** What came to an operator that is made for NaN. */
  readonly met = new Set<string>();
  /** What came to one that is not, or to an output. */
  readonly lost = new Set<string>();
  readonly #rows: Rows;
  /** Values that say where something is NaN, and of what. */
  readonly #tests = new Map<string, Gaps>();

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** @param values by name, what may be NaN in them; added to */
  through({ nodes }: Pick<Graph, "nodes">, values: Map<string, Gaps>): void {
    for (const node of nodes) {
      const made = this.#made(node, values);
      for (const output of node.outputs) {
        const row = this.#rows.get(output)?.map(nameOf);
        values.set(output, row === undefined ? made : new Set(row.filter((one) => made.has(one))));
      }
    }
  }

  lose(gaps: Gaps): void {
    for (const gap of gaps) this.lost.add(gap);
  }

  /** @returns what may be NaN in what a node makes */
  #made(node: GraphNode, values: ReadonlyMap<string, Gaps>): Gaps {
    const gaps = allOf(node.inputs, values);
    const subgraphs = [...node.attributes.values()].flatMap(({ graphs }) => graphs);
    if (subgraphs.length > 0) return this.#within(subgraphs, gaps, values);
    if (this.#isTest(node, gaps)) return NONE;
    const tested = this.#tests.get(node.inputs[0] ?? "") ?? NONE;
    if (node.opType === "Where") this.#meet(tested, gaps);
    else if (isMadeForGaps(node)) this.#meet(gaps, gaps);
    else if (isPassing(node)) return gaps;
    else this.lose(gaps);
    return node.opType === "Where" ? new Set([...gaps].filter((gap) => !tested.has(gap))) : NONE;
  }

  #meet(some: Gaps, gaps: Gaps): void {
    for (const gap of some) if (gaps.has(gap)) this.met.add(gap);
  }

  /** `IsNaN`, and what is made of it alone. */
  #isTest({ opType, inputs, outputs: [output = ""] }: GraphNode, gaps: Gaps): boolean {
    const known = allOf(inputs, this.#tests);
    const isTest = opType === "IsNaN" || (gaps.size === 0 && OF_TESTS.has(opType));
    if (isTest) this.#tests.set(output, new Set([...gaps, ...known]));
    return isTest;
  }

  /** Subgraphs see the values around them. Which input of the node is which of theirs is not looked at. */
  #within(subgraphs: readonly Graph[], gaps: Gaps, values: ReadonlyMap<string, Gaps>): Gaps {
    const ends = subgraphs.map((graph) => {
      const own = new Map(values);
      for (const { name } of graph.inputs) own.set(name, gaps);
      this.through(graph, own);
      return allOf(
        graph.outputs.map(({ name }) => name),
        own,
      );
    });
    return new Set(ends.flatMap((end) => [...end]));
  }
}

function allOf(names: readonly string[], values: ReadonlyMap<string, Gaps>): Gaps {
  return new Set(names.flatMap((name) => [...(values.get(name) ?? NONE)]));
}

function isMadeForGaps({ opType, attributes }: GraphNode): boolean {
  if (opType === "Imputer") return Number.isNaN(attributes.get("replaced_value_float")?.float ?? 0);
  if (!TREES.has(opType)) return false;
  return attributes.get("nodes_missing_value_tracks_true")?.ints.includes(1n) === true;
}

function isPassing({ opType, attributes }: GraphNode): boolean {
  return PASSING.has(opType) || (opType === "Cast" && FLOATS.has(attributes.get("to")?.int));
}
