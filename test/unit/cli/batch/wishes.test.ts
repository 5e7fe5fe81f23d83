import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wishesOf } from "../../../../cli/batch/options.ts";
import { UsageError } from "../../../../cli/terminal/command.ts";

const wishes = (flags: Record<string, string>, lists: Record<string, string[]> = {}): unknown =>
  wishesOf({ words: [], flags, lists });

describe("options of batch submit", () => {
  it("are members of a batch; a value is JSON where it can be", () => {
    const flags = { model: "wine@1", "max-failed": "0", window: "6h", priority: "interactive" };
    const lists = { param: ["top_k=3", "list=[1,2]"], metadata: ["day=monday", "a=b=c", "n="] };
    assert.deepEqual(wishes(flags, lists), {
      model: "wine@1",
      parameters: { top_k: 3, list: [1, 2] },
      max_failed: 0,
      completion_window_ms: 21_600_000,
      priority: "interactive",
      metadata: { day: "monday", a: "b=c", n: "" },
    });
    assert.deepEqual(wishes({}), {});
  });

  it("are refused when they make no sense", () => {
    assert.throws(() => wishes({ window: "6" }), UsageError);
    assert.throws(() => wishes({ window: "6w" }), UsageError);
    assert.throws(() => wishes({ "max-failed": "-1" }), UsageError);
    assert.throws(() => wishes({}, { param: ["top_k"] }), /--param top_k is not NAME=VALUE/);
    assert.throws(() => wishes({}, { metadata: ["=3"] }), UsageError);
  });
});
