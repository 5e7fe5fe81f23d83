import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { remarksOn } from "../../../../../cli/models/add/remarks.ts";
import { loadRegistry } from "../../../../../shared/model/registry.ts";

const { manifest } = loadRegistry("models").resolve("wine");

describe("remarks on an answer", () => {
  const on = (...values: number[]) =>
    remarksOn({ label: "a", probabilities: Object.fromEntries(values.entries()) }, manifest);

  it("say that scores are no probabilities", () => {
    assert.match(on(5.26, 0.81, -6.07).join(), /"probabilities" are scores: one is 5\.26\./);
    assert.equal(on(0.2, -0.3, 0.1).length, 1);
  });

  it("let the rounding of floats pass", () => {
    assert.deepEqual(on(0, 1.0000001, -1e-8), []);
  });
});
