import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseOptions } from "../../../../cli/terminal/options.ts";

const OPTIONS = { "--pixels RANGE": "", "--param NAME=VALUE ...": "", "--wait": "", "-f FILE": "" };

describe("the value of an option", () => {
  it("may begin with a minus, as a number does", () => {
    const { flags, words } = parseOptions(OPTIONS, ["a", "--pixels", "-1..1", "--wait", "b"]);
    assert.deepEqual([flags["pixels"], flags["wait"], words], ["-1..1", true, ["a", "b"]]);
    assert.equal(parseOptions(OPTIONS, ["--pixels", "-.5..1"]).flags["pixels"], "-.5..1");
  });

  it("is no other option, and none of a switch", () => {
    assert.throws(() => parseOptions(OPTIONS, ["--pixels", "--wait"]), /ambiguous/);
    assert.throws(() => parseOptions(OPTIONS, ["--wait", "-1"]), /-1/);
    assert.deepEqual(parseOptions(OPTIONS, ["--", "--pixels", "-1"]).words, ["--pixels", "-1"]);
  });
});
