import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { join } from "node:path";
import { truthFaults } from "../../../../../gateway/models/truths.ts";
import { loadRegistry, Registry } from "../../../../../shared/model/registry.ts";
import { ROOT } from "../../../../support/launcher.ts";

const registry = loadRegistry(join(ROOT, "models"));

describe("a truth", () => {
  const cases: [model: string, possible: unknown[], impossible: unknown[]][] = [
    [
      "image-classification",
      ["espresso", "n07920052", 967, { label: "espresso" }, { index: 967, probability: 1 }],
      ["expresso", 1000, null, { label: "espresso", index: 1 }, { name: "espresso" }, [], true],
    ],
    ["faq-javascript", ["clone-array", { id: "clone-array" }, null], ["clone-arrays", 1, {}]],
    [
      "wine",
      ["class_1", { label: "class_1" }, { probabilities: {} }],
      ["class_3", 1, null, { label: "class_3" }],
    ],
  ];
  for (const [model, possible, impossible] of cases) {
    it(`of ${model} is one of its classes, in whatever form`, () => {
      const faultOf = truthFaults(registry.resolve(model), registry);
      for (const truth of possible) assert.equal(faultOf(truth), undefined, JSON.stringify(truth));
      for (const truth of impossible) {
        assert.match(faultOf(truth) ?? "", /^is no class that the model has: must be /);
      }
    });
  }

  it("that is impossible is told what is possible", () => {
    const [images, wines] = ["image-classification", "wine"].map((model) =>
      truthFaults(registry.resolve(model), registry)("nope"),
    );
    const some = 'the wnid, label or index of one of 1000, such as "n01440764"';
    assert.equal(images, `is no class that the model has: must be ${some}`);
    assert.equal(
      wines,
      'is no class that the model has: must be "class_0", "class_1" or "class_2"',
    );
  });

  it("may be an output", () => {
    const faultOf = truthFaults(registry.resolve("faq-javascript"), registry);
    const [one, other] = ["clone-array", "nope"].map((id) => ({ matches: [{ id, rank: 1 }] }));
    assert.equal(faultOf(one), undefined);
    assert.equal(faultOf({ matches: [] }), undefined);
    assert.notEqual(faultOf(other), undefined);
  });

  it("may be what only another version can say, and anything where one has unknown classes", () => {
    const wine = registry.resolve("wine");
    const pipeline = {
      ...wine.manifest.pipeline,
      probabilities: { output: "probabilities", classes: ["class_2", "class_3"] },
    };
    const next = { ...wine, id: "wine@2", version: 2, manifest: { ...wine.manifest, pipeline } };
    const both = new Registry([wine, next], new Map());
    const faultOf = truthFaults(wine, both);
    assert.deepEqual([faultOf("class_0"), faultOf("class_3")], [undefined, undefined]);
    assert.match(faultOf("class_4") ?? "", /"class_2" or "class_3"$/);
    const { probabilities: _, ...unknown } = pipeline;
    const third = {
      ...next,
      id: "wine@3",
      version: 3,
      manifest: { ...wine.manifest, pipeline: unknown },
    };
    const all = new Registry([wine, third], new Map());
    assert.equal(truthFaults(wine, all)("class_4"), undefined);
  });
});
