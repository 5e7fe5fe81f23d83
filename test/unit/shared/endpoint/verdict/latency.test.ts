import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  binOf,
  latencyRatio,
  type Histogram,
} from "../../../../../shared/endpoint/verdict/latency.ts";
import { randomFrom } from "../../../../support/bulk/mayhem.ts";

const DOUBT = 0.0025;
const latencies = fc.array(fc.double({ min: 0.02, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

describe("the ratio of two p95", () => {
  it("is estimated to a bin, which is 9 % wide", () => {
    fc.assert(
      fc.property(latencies, latencies, (live, candidate) => {
        const both = { live: histogram(live), candidate: histogram(candidate) };
        const { estimate = 0 } = latencyRatio(both, DOUBT)?.ratio ?? {};
        const exact = p95(candidate) / p95(live);
        const apart = Math.abs(Math.log2(estimate / exact));
        assert.ok(apart <= 2 / 8 + 1e-9, `${estimate} for ${exact}`);
      }),
    );
  });

  it("is between its ends, which may be anything while there are few pairs", () => {
    fc.assert(
      fc.property(latencies, latencies, (live, candidate) => {
        const both = { live: histogram(live), candidate: histogram(candidate) };
        const { estimate = 0, low = 1, high = 0 } = latencyRatio(both, DOUBT)?.ratio ?? {};
        assert.ok(low <= estimate && estimate <= high);
      }),
    );
    const one = latencyRatio({ live: histogram([10]), candidate: histogram([30]) }, DOUBT);
    assert.deepEqual([one?.ratio.low, one?.ratio.high], [0, Infinity]);
  });

  it("is surely above 1.5 within 3,000 pairs when the candidate takes twice as long", () => {
    const random = randomFrom(1);
    const live = Array.from({ length: 3000 }, () => 5 * (1 - Math.log(1 - random())));
    const candidate = live.map((ms) => 2 * ms * (0.9 + 0.2 * random()));
    const { low = 0, high = 0 } =
      latencyRatio({ live: histogram(live), candidate: histogram(candidate) }, DOUBT)?.ratio ?? {};
    assert.ok(low > 1.5 && high < 2.7, `${low} to ${high}`);
  });

  it("leaves the truth out in no more runs than it may, looking after every 100 pairs", () => {
    const doubt = 0.1;
    const runs = 50;
    const wrong = Array.from({ length: runs }, (_, seed) => {
      const random = randomFrom(seed);
      const counts = { live: new Map<number, number>(), candidate: new Map<number, number>() };
      for (let pairs = 1; pairs <= 1000; pairs += 1) {
        for (const side of [counts.live, counts.candidate]) {
          const bin = binOf(-10 * Math.log(1 - random()));
          side.set(bin, (side.get(bin) ?? 0) + 1);
        }
        if (pairs % 100 > 0) continue;
        const both = { live: sorted(counts.live), candidate: sorted(counts.candidate) };
        const { low = 0, high = 0 } = latencyRatio(both, doubt)?.ratio ?? {};
        if (low > 1 || high < 1) return true;
      }
      return false;
    }).filter(Boolean).length;
    assert.ok(wrong <= 2 * doubt * runs, `${wrong} of ${runs}`);
  });

  it("is not known without latencies on both sides", () => {
    assert.equal(latencyRatio({ live: histogram([1]), candidate: new Map() }, DOUBT), undefined);
    assert.equal(latencyRatio({ live: new Map(), candidate: new Map() }, DOUBT), undefined);
  });

  it("has a bin for any latency", () => {
    assert.equal(binOf(0), 0);
    assert.equal(binOf(Number.MAX_VALUE), binOf(1e12));
    assert.ok(binOf(100) < binOf(110));
  });
});

function histogram(all: readonly number[]): Histogram {
  const bins = new Map<number, number>();
  for (const ms of all) bins.set(binOf(ms), (bins.get(binOf(ms)) ?? 0) + 1);
  return sorted(bins);
}

function sorted(bins: Histogram): Histogram {
  return new Map([...bins].toSorted(([a], [b]) => a - b));
}

/** The smallest latency that 95 % of all are not above. */
function p95(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.ceil(0.95 * all.length) - 1] ?? 0;
}
