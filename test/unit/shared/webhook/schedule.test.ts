import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEFAULT_SCHEDULE_MS, delayBeforeMs } from "../../../../shared/webhook/schedule.ts";

const DAY_MS = 86_400_000;
const plain = { scheduleMs: DEFAULT_SCHEDULE_MS, random: () => 0, scale: 1 };

describe("the schedule of deliveries", () => {
  it("is that of the contract, ten attempts in 75.6 hours, and then over", () => {
    const texts = DEFAULT_SCHEDULE_MS.map((_, made) => delayBeforeMs(made, plain));
    const [second, minute, hour] = [1000, 60_000, 3_600_000];
    assert.deepEqual(texts, [
      0,
      5 * second,
      5 * minute,
      30 * minute,
      ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour),
    ]);
    const hours = DEFAULT_SCHEDULE_MS.reduce((sum, ms) => sum + ms, 0) / hour;
    assert.equal(hours.toFixed(1), "75.6");
    assert.equal(delayBeforeMs(10, plain), undefined);
    assert.equal(delayBeforeMs(11, plain), undefined);
    assert.equal(delayBeforeMs(0, { ...plain, scheduleMs: [] }), undefined);
  });

  it("never calls earlier than its pause or the receiver's wish, nor a fifth later", () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.option(fc.nat(3 * DAY_MS), { nil: undefined }),
        (made, chance, retryAfterMs) => {
          const base = DEFAULT_SCHEDULE_MS[made] ?? 0;
          const wanted = Math.max(base, Math.min(retryAfterMs ?? 0, DAY_MS));
          const delay = delayBeforeMs(made, { ...plain, random: () => chance, retryAfterMs }) ?? -1;
          assert.ok(delay >= wanted, `${delay} is before ${wanted}`);
          assert.ok(delay <= wanted * 1.2 + 1, `${delay} is long after ${wanted}`);
        },
      ),
    );
  });

  it("obeys Retry-After between the pause and 24 hours", () => {
    const after = (retryAfterMs: number) => delayBeforeMs(2, { ...plain, retryAfterMs });
    assert.equal(after(1000), 300_000);
    assert.equal(after(400_000), 400_000);
    assert.equal(after(9 * DAY_MS), DAY_MS);
    const late = { ...plain, random: () => 0.999_999, retryAfterMs: 9 * DAY_MS };
    assert.equal(delayBeforeMs(2, late), DAY_MS, "24 h at most, spread included");
    assert.ok((delayBeforeMs(9, late) ?? 0) > DAY_MS, "the schedule's own pause is spread");
  });

  it("spreads attempts over a fifth of the pause", () => {
    const delay = (chance: number) => delayBeforeMs(1, { ...plain, random: () => chance });
    assert.deepEqual([0, 0.5, 0.999_999].map(delay), [5000, 5500, 6000]);
  });

  it("is shorter by its scale, with what the receiver wants", () => {
    const fast = { ...plain, scale: 1e-3 };
    assert.equal(delayBeforeMs(2, fast), 300);
    assert.equal(delayBeforeMs(1, { ...fast, retryAfterMs: 30_000 }), 30);
  });
});
