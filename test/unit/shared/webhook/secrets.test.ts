import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { activeSecrets, firstSecret, rotated } from "../../../../shared/webhook/secret.ts";

const HOUR_MS = 3_600_000;

describe("rotated secrets", () => {
  it("are three at a time, and none ends before its overlap is over", () => {
    const two = rotated(firstSecret(), 5 * HOUR_MS, 0);
    const three = rotated(two, 24 * HOUR_MS, HOUR_MS);
    const ends = three.map(({ expires_at_ms: end }) => end);
    assert.deepEqual(ends, [null, 25 * HOUR_MS, 5 * HOUR_MS]);
    assert.throws(() => rotated(three, 24 * HOUR_MS, 2 * HOUR_MS), {
      code: "secret_limit",
      message: /expires at 1970-01-01T05:00:00\.000Z.*"overlap_ms": 0/,
    });
    assert.equal(activeSecrets(three, 2 * HOUR_MS).length, 3);
    assert.equal(rotated(three, 24 * HOUR_MS, 5 * HOUR_MS).length, 3, "the first has ended");
  });

  it("end at once when there is no overlap", () => {
    const three = rotated(rotated(firstSecret(), HOUR_MS, 0), HOUR_MS, 0);
    assert.equal(rotated(three, 0, 1).length, 1);
  });
});
