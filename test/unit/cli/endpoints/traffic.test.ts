import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  before,
  promoted,
  readShares,
  sharedAs,
  trafficText,
} from "../../../../cli/endpoints/traffic.ts";
import { CommandError } from "../../../../cli/terminal/command.ts";

const variant = (name: string, share: number) => ({
  name,
  model: "wine@1",
  share,
  type: "treatment",
  traffic: share,
  state: { status: "ready", detail: null, workers: { ready: 1 } },
});
const drinks = {
  name: "drinks",
  variants: [variant("blue", 70), variant("green", 20), variant("red", 10)],
  default: "blue",
};

describe("shares that a person sets", () => {
  const after = (...words: string[]) => trafficText(sharedAs(drinks, readShares(words)));

  it("leave those alone that are not named, but for the default, which gets the rest", () => {
    assert.equal(after("green=30"), "blue 60 %, green 30 %, red 10 %");
    assert.equal(after("green=0.01"), "blue 89.99 %, green 0.01 %, red 10 %");
    assert.equal(after("green=90"), "blue 0 %, green 90 %, red 10 %");
    assert.equal(after("blue=80", "green=20%", "red=0"), "blue 80 %, green 20 %, red 0 %");
    assert.equal(after("blue=50"), "blue 70 %, green 20 %, red 10 %");
  });

  it("are refused when they cannot be", () => {
    assert.throws(() => after("blue=80", "green=20"), {
      message: "blue=80 green=20 red=10 sum to 110 %; those you do not name keep their share",
    });
    assert.throws(() => after("grey=1"), {
      message: 'drinks has no variant "grey". It has: blue, green, red',
    });
  });
});

describe("a promoted variant", () => {
  it("is the default, and the only one with a share", () => {
    const { variants, default: chosen } = promoted(drinks, "red");
    assert.equal(chosen, "red");
    assert.deepEqual(
      variants.map(({ share }) => share),
      [0, 0, 100],
    );
    assert.throws(() => promoted(drinks, "grey"), CommandError);
  });
});

describe("the traffic of before", () => {
  it("is the first entry of the history", () => {
    const [blue, green] = drinks.variants;
    assert.ok(blue && green);
    const until = "2026-11-29T12:46:42.453Z";
    const history = [
      { until, variants: [green], default: "green" },
      { until, variants: [blue], default: "blue" },
    ];
    assert.deepEqual(before({ name: "drinks", history }), { variants: [green], default: "green" });
    assert.throws(() => before({ name: "drinks", history: [] }), {
      message: "the traffic of drinks has never changed",
    });
  });
});
