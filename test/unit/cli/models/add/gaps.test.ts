import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gapsIn } from "../../../../../cli/models/add/gaps.ts";
import { rowsIn } from "../../../../../cli/models/add/row-elements.ts";
import type { Attribute, Graph, GraphNode } from "../../../../../cli/models/onnx/graph.ts";
import { model, node, tensor } from "./graphs.ts";

const NOTHING: Attribute = {
  int: null,
  float: null,
  string: null,
  ints: [],
  strings: [],
  tensor: null,
  graphs: [],
};

function having(one: GraphNode, name: string, value: Partial<Attribute>): GraphNode {
  return { ...one, attributes: new Map([...one.attributes, [name, { ...NOTHING, ...value }]]) };
}

const imputer = (input: string, output: string, replaced = Number.NaN): GraphNode =>
  having(node("Imputer", [input], [output]), "replaced_value_float", { float: replaced });
const trees = (input: string, output: string, ...tracks: bigint[]): GraphNode =>
  having(node("TreeEnsembleRegressor", [input], [output]), "nodes_missing_value_tracks_true", {
    ints: tracks,
  });
const linear = (input: string): GraphNode => node("LinearRegressor", [input], ["y"]);

/** Which of the inputs `a` and `b`, of one float each, may be missing. */
function gaps(...nodes: GraphNode[]): string {
  const inputs = ["a", "b"].map((name) => tensor(name, "float32", null, 1));
  const one = model({ inputs, outputs: [tensor("y", "float32", null, 1)], nodes });
  const rows = rowsIn(
    one.graph,
    inputs.map(({ name }) => ({ name, dtype: "float32", dims: [1] })),
  );
  const isGap = gapsIn(one, rows);
  return ["a", "b"].filter((input) => isGap({ input, position: 0 })).join("");
}

describe("numbers that may be missing", () => {
  it("go through an imputer of NaN, and nowhere else", () => {
    const both = node("Concat", ["a", "b"], ["ab"]);
    assert.equal(gaps(both, imputer("ab", "c"), linear("c")), "ab");
    assert.equal(gaps(imputer("a", "c"), node("Concat", ["c", "b"], ["d"]), linear("d")), "a");
    assert.equal(gaps(both, imputer("ab", "c"), linear("c"), linear("b")), "a");
    assert.equal(gaps(both, imputer("ab", "c", -1), linear("c")), "");
    assert.equal(gaps(both, linear("ab")), "");
  });

  it("go into trees that track them, also scaled", () => {
    const both = node("Concat", ["a", "b"], ["ab"]);
    assert.equal(gaps(both, node("Scaler", ["ab"], ["s"]), trees("s", "y", 0n, 1n)), "ab");
    assert.equal(gaps(both, trees("ab", "y", 0n, 0n)), "");
    assert.equal(gaps(both, node("Normalizer", ["ab"], ["n"]), trees("n", "y", 1n)), "");
  });

  it("are tested for, and replaced by what the test says", () => {
    const test = node("IsNaN", ["a"], ["is"]);
    assert.equal(gaps(test, node("Where", ["is", "zero", "a"], ["w"]), linear("w")), "a");
    const not = node("Not", ["is"], ["not"]);
    assert.equal(gaps(test, not, node("Where", ["not", "a", "b"], ["w"]), linear("w")), "a");
    assert.equal(gaps(test, node("Cast", ["is"], ["c"]), linear("c"), linear("a")), "");
    assert.equal(gaps(test, node("Where", ["other", "zero", "a"], ["w"]), linear("w")), "");
  });

  it("reach an output as NaN, or an integer as nonsense, and then they may not be", () => {
    assert.equal(gaps(imputer("a", "c"), node("Identity", ["a"], ["y"])), "");
    const cast = having(node("Cast", ["a"], ["i"]), "to", { int: 7n });
    assert.equal(gaps(cast, imputer("i", "y")), "");
    const kept = having(node("Cast", ["a"], ["d"]), "to", { int: 11n });
    assert.equal(gaps(kept, imputer("d", "y")), "a");
  });

  it("are found in subgraphs, of values that these see from outside too", () => {
    const graph = (nodes: GraphNode[], inputs: string[] = []): Graph => ({
      nodes,
      inputs: inputs.map((name) => tensor(name, "float32", null, 1)),
      outputs: [tensor("out", "float32", null, 1)],
      initializers: [],
    });
    const either = (...branches: Graph[]): GraphNode =>
      having(node("If", ["flag"], ["r"]), "branches", { graphs: branches });
    const filled = graph([imputer("a", "out")]);
    assert.equal(gaps(either(filled, filled), linear("r")), "a");
    const passed = graph([node("Identity", ["a"], ["out"])]);
    assert.equal(gaps(either(filled, passed), linear("r")), "");
    const body = graph([imputer("inner", "out")], ["inner"]);
    const scan = having(node("Scan", ["b"], ["r"]), "body", { graphs: [body] });
    assert.equal(gaps(scan, linear("r")), "b");
  });
});
