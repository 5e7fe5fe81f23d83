import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageClassification } from "../../../../../shared/model/pipelines/image-classification/definition.ts";
import { tabular } from "../../../../../shared/model/pipelines/tabular/definition.ts";
import { tensor } from "../../../../../shared/model/pipelines/tensor/definition.ts";
import { textMatch } from "../../../../../shared/model/pipelines/text-match/definition.ts";
import {
  valueVersions,
  type VersionComparer,
} from "../../../../../shared/model/pipelines/versions.ts";
import { writeTensor } from "../../../../../shared/model/tensor/write-tensor.ts";

function comparerOf({ versions }: { readonly versions?: VersionComparer }): VersionComparer {
  assert.ok(versions !== undefined);
  return versions;
}

const close = (actual: number, wanted: number): void => {
  assert.ok(Math.abs(actual - wanted) < 1e-9, `${actual} instead of ${wanted}`);
};

describe("two versions of an image classifier", () => {
  const { compare, isRight } = comparerOf(imageClassification);
  const image = (...all: readonly (readonly [label: string, probability: number])[]) => ({
    predictions: all.map(([label, probability]) => ({
      label,
      index: label.charCodeAt(0) - 97,
      wnid: `n${label}`,
      probability,
    })),
  });
  const live = image(["a", 0.6], ["b", 0.3], ["c", 0.05]);

  it("agree when labels are in the same order, whatever their probabilities", () => {
    const { difference, largest } = compare(image(["a", 0.9], ["b", 0.08], ["c", 0.01]), live);
    assert.equal(difference, undefined);
    close(largest, 0.3);
  });

  it("disagree when labels change places, or another comes in", () => {
    const swapped = image(["b", 0.6], ["a", 0.3], ["c", 0.05]);
    assert.equal(compare(swapped, live).difference, "/predictions/0: nb instead of na");
    close(compare(swapped, live).largest, 0.3);
    const other = image(["a", 0.6], ["d", 0.3], ["c", 0.05]);
    assert.equal(compare(other, live).difference, "/predictions/1: nd instead of nb");
    const fewer = image(["a", 0.6], ["b", 0.3]);
    assert.equal(compare(fewer, live).difference, "/predictions: 2 entries instead of 3");
  });

  it("may give labels in another order that are as probable as each other", () => {
    const tied = image(["a", 0.6], ["b", 0.2], ["c", 0.195]);
    assert.equal(compare(image(["a", 0.7], ["c", 0.2], ["b", 0.1]), tied).difference, undefined);
    assert.notEqual(compare(image(["b", 0.7], ["a", 0.2], ["c", 0.1]), tied).difference, undefined);
  });

  it("may list another label last only where the live version's last is as good as none", () => {
    const [listed, other] = [image(["a", 0.6], ["b", 0.2]), image(["a", 0.6], ["d", 0.2])];
    assert.notEqual(compare(other, listed).difference, undefined);
    assert.notEqual(compare(image(["b", 0.9]), image(["a", 0.9])).difference, undefined);
    const improbable = image(["a", 0.99], ["b", 0.008]);
    assert.equal(compare(image(["a", 0.99], ["d", 0.008]), improbable).difference, undefined);
  });

  it("tell labels of the same name apart by their WordNet ids", () => {
    const crane = (wnid: string) => ({ predictions: [{ label: "crane", wnid, probability: 0.9 }] });
    assert.notEqual(compare(crane("n1"), crane("n2")).difference, undefined);
  });

  it("are right when the first label, WordNet id or index is the truth", () => {
    for (const truth of ["a", "na", 0, { label: "a" }, { label: "a", wnid: "na" }]) {
      assert.ok(isRight(live, truth), JSON.stringify(truth));
    }
    for (const truth of ["b", "nb", 1, "0", null, { label: "b" }, { label: "a", wnid: "nb" }]) {
      assert.ok(!isRight(live, truth), JSON.stringify(truth));
    }
  });
});

describe("two versions of a text matcher", () => {
  const { compare, isRight } = comparerOf(textMatch);
  const match = (...ids: readonly string[]) => ({
    matches: ids.map((id, i) => ({
      rank: i + 1,
      id,
      question: `${id}?`,
      answer: `${id}!`,
      probability: 0.8 / (i + 1),
    })),
  });

  it("agree when the ids are the same in order, though answers were written anew", () => {
    const anew = { matches: match("x", "y").matches.map((one) => ({ ...one, answer: "new" })) };
    assert.equal(compare(anew, match("x", "y")).difference, undefined);
    assert.equal(
      compare(match("y", "x"), match("x", "y")).difference,
      "/matches/0: y instead of x",
    );
  });

  it("agree when neither finds anything, and not when one does", () => {
    assert.equal(compare(match(), match()).difference, undefined);
    assert.notEqual(compare(match("x"), match()).difference, undefined);
    assert.notEqual(compare(match(), match("x")).difference, undefined);
  });

  it("are right when the first id is the truth, or nothing was to be found", () => {
    assert.ok(isRight(match("x", "y"), "x") && !isRight(match("x", "y"), "y"));
    assert.ok(isRight(match("12"), 12) && isRight(match("12"), { id: "12" }));
    assert.ok(isRight(match(), null) && !isRight(match("x"), null) && !isRight(match(), "x"));
    assert.ok(!isRight({ error: "no output" }, null));
    assert.ok(isRight(match("x", "y"), match("x")) && isRight(match(), match()));
    assert.ok(!isRight(match("x"), match("y")) && !isRight(match("x"), match()));
  });
});

describe("two versions of a tabular model", () => {
  const { compare, isRight } = comparerOf(tabular);

  it("agree on the label, and have their probabilities measured", () => {
    const live = { label: "yes", probabilities: { no: 0.4, yes: 0.6 } };
    const { difference, largest } = compare(
      { label: "yes", probabilities: { no: 0.1, yes: 0.9 } },
      live,
    );
    assert.equal(difference, undefined);
    close(largest, 0.3);
    const other = { label: "no", probabilities: { no: 0.6, yes: 0.4 } };
    assert.equal(compare(other, live).difference, "/label: no instead of yes");
  });

  it("agree on the most probable class where there is no label", () => {
    const live = { probabilities: { no: 0.4, yes: 0.6 } };
    const [same, other] = [
      { probabilities: { no: 0, yes: 1 } },
      { probabilities: { no: 1, yes: 0 } },
    ];
    assert.equal(compare(same, live).difference, undefined);
    assert.equal(compare(other, live).difference, "/label: no instead of yes");
  });

  it("agree on numbers within a hundredth, where these are all there is", () => {
    assert.equal(compare({ price: 1009 }, { price: 1000 }).difference, undefined);
    assert.equal(
      compare({ price: 1011 }, { price: 1000 }).difference,
      "/price: 1011 instead of 1000",
    );
    close(compare({ price: 1011 }, { price: 1000 }).largest, 11);
  });

  it("do not take numbers that are labels for near each other", () => {
    assert.notEqual(compare({ label: 1000 }, { label: 1001 }).difference, undefined);
    assert.equal(compare({ label: 1000 }, { label: 1001 }).largest, 0);
  });

  it("are right when the label, the class or the number is the truth", () => {
    assert.ok(isRight({ label: "yes", score: 1 }, "yes") && !isRight({ label: "yes" }, "no"));
    assert.ok(isRight({ label: 1 }, "1") && isRight({ label: true }, true));
    assert.ok(isRight({ probabilities: { no: 0.4, yes: 0.6 } }, "yes"));
    assert.ok(isRight({ price: 1009 }, 1000) && !isRight({ price: 1020 }, 1000));
    assert.ok(isRight({ label: "yes", score: 3 }, { label: "yes" }));
    assert.ok(!isRight({ low: 1, high: 2 }, 1));
  });
});

describe("two versions of a tensor model", () => {
  const { compare, isRight } = comparerOf(tensor);
  const elements = (values: readonly number[]) => {
    const bytes = new Float32Array(values);
    return { dtype: "float32", dims: [2, 2], elements: new Uint8Array(bytes.buffer) } as const;
  };
  const output = (values: readonly number[], form: "nested" | "typed" | "base64" = "nested") => ({
    y: writeTensor(elements(values), form),
  });

  it("are compared element by element, in whatever form", () => {
    for (const form of ["nested", "typed", "base64"] as const) {
      const near = compare(output([1, 2, 3, 4.03], form), output([1, 2, 3, 4], form));
      assert.equal(near.difference, undefined);
      assert.ok(Math.abs(near.largest - 0.03) < 1e-6);
      const far = compare(output([1, 2, 3, 5], form), output([1, 2, 3, 4], form));
      assert.equal(far.difference, "/y/1/1: 5 instead of 4");
    }
    assert.ok(isRight(output([1, 2, 3, 4], "base64"), output([1, 2, 3, 4])));
    assert.ok(
      isRight(output([1, 2, 3, 4], "typed"), [
        [1, 2],
        [3, 4],
      ]),
    );
  });

  it("compare strings that are packed as bytes", () => {
    const packed = (...strings: readonly string[]) => ({
      y: writeTensor({ dtype: "string", dims: [strings.length], elements: strings }, "base64"),
    });
    assert.equal(compare(packed("a", "b"), packed("a", "b")).difference, undefined);
    assert.equal(compare(packed("a", "c"), packed("a", "b")).difference, "/y/1: c instead of b");
  });

  it("take a truth that is no tensor for wrong, however it is made up", () => {
    for (const [shape, data] of [
      [[1e9, 1e9], "AAAA"],
      [[4], "AAA"],
      [[4], "?"],
      [[-1], ""],
      [[2], [1]],
      [[], 7],
    ] as const) {
      for (const datatype of ["FP32", "BYTES", "none"]) {
        for (const encoding of [{ encoding: "base64" }, {}]) {
          const truth = { y: { datatype, shape, data, ...encoding } };
          assert.ok(!isRight(output([1, 2, 3, 4]), truth), JSON.stringify(truth));
        }
      }
    }
  });
});

describe("two versions of any other model", () => {
  const { compare, isRight } = valueVersions;

  it("give the same JSON, but for numbers within a hundredth", () => {
    const live = { names: ["a"], score: 0.5, note: null };
    assert.equal(compare({ ...live, score: 0.51 }, live).difference, undefined);
    assert.equal(compare({ ...live, score: 0.6 }, live).difference, "/score: 0.6 instead of 0.5");
    assert.equal(compare({ ...live, names: ["b"] }, live).difference, "/names/0: b instead of a");
    assert.notEqual(compare({ ...live, more: 1 }, live).difference, undefined);
    assert.notEqual(compare({ names: ["a"], score: 0.5 }, live).difference, undefined);
  });

  it("are right when they give the members that the truth names", () => {
    assert.ok(isRight({ label: "a", score: 0.5 }, { label: "a" }));
    assert.ok(!isRight({ label: "a", score: 0.5 }, { label: "b" }));
    assert.ok(!isRight({ label: "a" }, { other: "a" }));
    assert.ok(isRight("a", "a") && isRight([1, 2], [1, 2]) && !isRight([1, 2], [2, 1]));
  });

  it("have a largest difference also where they agree, and beyond the first difference", () => {
    close(compare([1, 2, 3], [1, 2.5, 5]).largest, 2);
    close(compare({ a: 1.001 }, { a: 1 }).largest, 0.001);
  });
});
