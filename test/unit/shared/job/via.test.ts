import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { viaOf, viaText, type Via } from "../../../../shared/job/view.ts";

describe("what chose a job's model", () => {
  const all: readonly (Via | undefined)[] = [
    undefined,
    { endpoint: "faq", variant: "blue" },
    { endpoint: "faq", variant: "blue", captured: "io" },
    { endpoint: "faq", variant: "blue", isUnnamed: true },
    { endpoint: "faq", variant: "blue", captured: "i", isUnnamed: true },
  ];
  for (const via of all) {
    it(`comes back from a pack as it was: ${viaText(via) || "nothing"}`, () => {
      assert.deepEqual(viaOf(viaText(via) || undefined), via);
    });
  }
});
