import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { categoriesOf, type Categories } from "../../../../../cli/models/add/categories.ts";
import { classNamesOf } from "../../../../../cli/models/add/class-names.ts";
import { rowsIn } from "../../../../../cli/models/add/row-elements.ts";
import type {
  Attribute,
  GraphNode,
  GraphTensor,
  OnnxModel,
} from "../../../../../cli/models/onnx/graph.ts";
import { readModel } from "../../../../../cli/models/onnx/read-model.ts";
import { model, node } from "./graphs.ts";

const NOTHING: Attribute = {
  int: null,
  float: null,
  string: null,
  ints: [],
  strings: [],
  tensor: null,
  graphs: [],
};

function withAttribute(one: GraphNode, name: string, value: Partial<Attribute>): GraphNode {
  return { ...one, attributes: new Map([...one.attributes, [name, { ...NOTHING, ...value }]]) };
}

describe("names of classes", () => {
  it("are those of the classifier", async () => {
    const wine = await readModel("models/wine/1/model.onnx");
    assert.deepEqual(classNamesOf(wine, "label", 3), ["class_0", "class_1", "class_2"]);
    const iris = await readModel("test/fixtures/strangers/iris.onnx");
    assert.deepEqual(classNamesOf(iris, "label", 3), ["0", "1", "2"]);
  });

  it("are the ones nearest before the output, of as many classes", () => {
    const inner = withAttribute(
      node("TreeEnsembleClassifier", ["x"], ["l0", "p0"]),
      "classlabels_int64s",
      {
        ints: [0n, 1n],
      },
    );
    const outer = withAttribute(
      node("LinearClassifier", ["p0"], ["l1", "p1"]),
      "classlabels_strings",
      {
        strings: ["no", "yes"],
      },
    );
    const nodes = [inner, outer, node("Identity", ["l1"], ["label"])];
    const graph = model({ inputs: [], outputs: [], nodes });
    assert.deepEqual(classNamesOf(graph, "label", 2), ["no", "yes"]);
    assert.deepEqual(classNamesOf(graph, "label", null), ["no", "yes"]);
    assert.equal(classNamesOf(graph, "label", 3), null);
  });

  it("are none where the graph has none", async () => {
    const houses = await readModel("test/fixtures/strangers/houses.onnx");
    assert.equal(classNamesOf(houses, "kind", 4), null);
  });
});

/** Of the column at a position of an input with so many. */
function categories(one: OnnxModel, input: string, position = 0, width = 1): Categories | null {
  const rows = rowsIn(one.graph, [{ name: input, dtype: "string", dims: [width] }]);
  return categoriesOf(one, rows, { input, position });
}

describe("categories of a column", () => {
  it("are those of its encoder", async () => {
    const passengers = await readModel("test/fixtures/strangers/passengers.onnx");
    assert.deepEqual(categories(passengers, "sex"), {
      values: ["female", "male"],
      isClosed: false,
      isIgnoring: true,
    });
    assert.equal(categories(passengers, "age"), null);
  });

  it("are closed where the encoder fails at others", () => {
    const graph = model({ inputs: [], outputs: [], nodes: [encoder("plan", ["a", "b"], 0n)] });
    assert.deepEqual(categories(graph, "plan"), {
      values: ["a", "b"],
      isClosed: true,
      isIgnoring: false,
    });
    assert.equal(categories(graph, "plan", 0, 2), null);
  });

  it("are found by the place of a column in a tensor of several", () => {
    const nodes = [
      node("ArrayFeatureExtractor", ["cat", "zero"], ["first"]),
      node("ArrayFeatureExtractor", ["cat", "one"], ["second"]),
      encoder("first", ["a", "b"], 1n),
      encoder("second", ["c", "d"], 1n),
    ];
    const empty = model({ inputs: [], outputs: [], nodes });
    const initializers = [int64("zero", 0n), int64("one", 1n)];
    const graph = { ...empty, graph: { ...empty.graph, initializers } };
    assert.deepEqual(categories(graph, "cat", 0, 3)?.values, ["a", "b"]);
    assert.deepEqual(categories(graph, "cat", 1, 3)?.values, ["c", "d"]);
    assert.equal(categories(graph, "cat", 2, 3), null);
  });

  it("are none where a damaged file goes round in circles", () => {
    const nodes = [node("Identity", ["x"], ["y"]), node("Identity", ["y"], ["x"])];
    assert.equal(categories(model({ inputs: [], outputs: [], nodes }), "x"), null);
  });
});

function encoder(input: string, strings: string[], zeros: bigint): GraphNode {
  const plain = node("OneHotEncoder", [input], [`${input}_encoded`]);
  return withAttribute(withAttribute(plain, "cats_strings", { strings }), "zeros", { int: zeros });
}

/** A tensor of one int64, as exporters write constants. */
function int64(name: string, value: bigint): GraphTensor {
  const packed = new BinaryWriter().int64(value).finish();
  const message = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(packed).finish();
  return { name, dtype: "int64", dims: [1], external: null, message };
}
