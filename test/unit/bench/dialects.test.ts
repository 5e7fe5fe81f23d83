import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dialects } from "../../bench/load/dialects.ts";

const faq = {
  input: { text: "how do i sleep" },
  label: "sleep",
  probability: 0.9,
  tolerance: 1e-4,
};
const wine = { input: { alcohol: 13 }, label: "class_1", probability: 0.8, tolerance: 1e-4 };
const ok = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
const match = (id: string, probability: number) => ({ rank: 1, id, question: "?", probability });

describe("an answer in our own form", () => {
  const { isRight } = dialects.scoreline;

  it("is right when the first match and its probability are", () => {
    const others = [match("sleep", 0.90001), match("wake", 0.05)];
    assert.ok(isRight(faq, ok({ id: "job_1", output: { matches: others } })));
    assert.ok(isRight(faq, { status: 200, body: JSON.stringify({ matches: others }, null, 1) }));
  });

  it("is wrong with another match first, another probability, none, or another status", () => {
    assert.ok(!isRight(faq, ok({ matches: [match("wake", 0.9), match("sleep", 0.9)] })));
    assert.ok(!isRight(faq, ok({ matches: [match("sleep", 0.89)] })));
    assert.ok(!isRight(faq, ok({ matches: [] })));
    assert.ok(!isRight(faq, { ...ok({ matches: [match("sleep", 0.9)] }), status: 202 }));
  });

  it("is right when a label and its probability are, and wrong otherwise", () => {
    const output = (label: string, class_1: number) => ({
      label,
      probabilities: { class_0: 0.1, class_1 },
    });
    assert.ok(isRight(wine, ok({ output: output("class_1", 0.8) })));
    assert.ok(!isRight(wine, ok({ output: output("class_0", 0.8) })));
    assert.ok(!isRight(wine, ok({ output: output("class_1", 0.7) })));
  });
});

describe("an answer in the Open Inference Protocol", () => {
  it("is right when the first label and probability are", () => {
    const { isRight } = dialects.v2;
    const outputs = (label: string, probability: number) => ({
      outputs: [
        { name: "label", data: [label, "other"] },
        { name: "probability", data: [probability, 0.1] },
      ],
    });
    assert.ok(isRight(faq, ok(outputs("sleep", 0.9))));
    assert.ok(!isRight(faq, ok(outputs("wake", 0.9))));
    assert.ok(!isRight(faq, ok(outputs("sleep", 0.8))));
  });
});
