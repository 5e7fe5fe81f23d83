import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { supported } from "../../../../cli/azureml/supported.ts";

describe("a setting that became a member of the endpoint", () => {
  const become = (counterpart: object) =>
    supported({ name: "a", value: 1, isSaid: true, counterpart }).counterpart;

  it("stays one that endpoints have", () => {
    for (const counterpart of [{ endpoint: { "defaults.wait_ms": 1 } }, { deploy: { a: "1" } }]) {
      assert.deepEqual(become(counterpart), counterpart);
    }
  });

  it("has no counterpart where they have none, as far as the endpoint goes", () => {
    assert.deepEqual(become({ endpoint: { "colour.of": 1 }, manifest: { preload: true } }), {
      manifest: { preload: true },
      why: 'endpoints have no member "colour" in this release',
    });
  });
});
