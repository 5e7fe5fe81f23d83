import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { membersOf } from "../../../../cli/batch/options.ts";
import { UsageError } from "../../../../cli/terminal/command.ts";

const members = (flags: Record<string, string>, lists: Record<string, string[]> = {}): unknown =>
  membersOf({ words: [], flags, lists });

describe("options of batch submit", () => {
  it("are members of a batch; a value is JSON where it can be", () => {
    const flags = { model: "wine@1", "max-failed": "0", window: "6h", priority: "interactive" };
    const lists = { param: ["top_k=3", "list=[1,2]"], metadata: ["day=monday", "a=b=c", "n="] };
    assert.deepEqual(members(flags, lists), {
      model: "wine@1",
      parameters: { top_k: 3, list: [1, 2] },
      max_failed: 0,
      completion_window_ms: 21_600_000,
      priority: "interactive",
      metadata: { day: "monday", a: "b=c", n: "" },
    });
    assert.deepEqual(members({}), {});
  });

  it("are refused when they make no sense", () => {
    assert.throws(() => members({ window: "6" }), UsageError);
    assert.throws(() => members({ window: "6w" }), UsageError);
    assert.throws(() => members({ "max-failed": "-1" }), UsageError);
    assert.throws(() => members({}, { param: ["top_k"] }), /--param top_k is not NAME=VALUE/);
    assert.throws(() => members({}, { metadata: ["=3"] }), UsageError);
  });
});
