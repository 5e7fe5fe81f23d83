import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { instantOf } from "../../../../cli/terminal/instant.ts";

const HOUR_MS = 3_600_000;

describe("a time that is given to a command", () => {
  it("is as far from now as it says, on the side that is meant", () => {
    for (const [text, units, direction, hours] of [
      ["90d", "d", 1, 90 * 24],
      ["2h", "mhd", -1, -2],
      ["30m", "mhd", -1, -0.5],
    ] as const) {
      const fromMs = Date.now();
      const ms = Date.parse(instantOf(text, units, direction) ?? "") - hours * HOUR_MS;
      assert.ok(ms >= fromMs && ms <= Date.now(), text);
    }
  });

  it("is what is written out, in UTC", () => {
    const written = instantOf("2027-01-31T01:00:00+01:00", "d", 1);
    assert.equal(written, "2027-01-31T00:00:00.000Z");
  });

  it("is neither in a unit that does not count, nor in words", () => {
    for (const text of ["2h", "soon", "", "-1d", "1.5d"]) {
      assert.equal(instantOf(text, "d", 1), undefined, text);
    }
  });
});
