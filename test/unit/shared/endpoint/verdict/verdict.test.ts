import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { binOf } from "../../../../../shared/endpoint/verdict/latency.ts";
import type { Counters } from "../../../../../shared/endpoint/verdict/counters.ts";
import type { PairedTable } from "../../../../../shared/endpoint/verdict/pair.ts";
import {
  comparisonOf,
  comparisonSchema,
  type Comparison,
} from "../../../../../shared/endpoint/verdict/report.ts";
import { compareSchema } from "../../../../../shared/endpoint/verdict/settings.ts";

const settings = compareSchema.parse({});

const table = (cells: Partial<PairedTable>): PairedTable => ({
  both: 0,
  live: 0,
  candidate: 0,
  neither: 0,
  ...cells,
});

const NO_LATENCY = { live: new Map(), candidate: new Map() };

/** 4,000 pairs in which nothing is amiss, but for what is given. */
function comparison(given: Partial<Counters> = {}, limits = settings): Comparison {
  const counters = {
    failed: table({ neither: 4000 }),
    wrong: table({}),
    agreed: 3990,
    differences: 4,
    ranMs: NO_LATENCY,
    ...given,
  };
  return comparisonSchema.parse(JSON.parse(JSON.stringify(comparisonOf(counters, limits))));
}

const lasting = (live: number, candidate: number, pairs = 4000) => ({
  live: new Map([[binOf(live), pairs]]),
  candidate: new Map([[binOf(candidate), pairs]]),
});

describe("the verdict without labels", () => {
  for (const [what, given, verdict, reason] of [
    ["agrees as often as asked for", {}, "same", /agree in 99\.75 % of 4,000 pairs: surely not/],
    ["agrees too seldom", { agreed: 3800 }, "worse", /agree in 95 % of 4,000 pairs: surely below/],
    [
      "agrees about as often",
      { agreed: 3925 },
      "undecided",
      /may still be above or below the 98 %/,
    ],
    [
      "fails more often",
      { failed: table({ candidate: 60, both: 100, neither: 3840 }), agreed: 3840 },
      "worse",
      /failed in 4 % of 4,000 pairs, the live version in 2\.5 %: surely more often/,
    ],
    [
      "fails less often",
      { failed: table({ live: 60, both: 100, neither: 3840 }), agreed: 3840 },
      "better",
      /failed in 2\.5 % of 4,000 pairs, the live version in 4 %: surely less often/,
    ],
    [
      "fails more often by less than is allowed",
      { failed: table({ candidate: 14, neither: 3986 }), agreed: 3986 },
      "same",
      /surely not more often in over 1 % of all pairs/,
    ],
    ["takes twice as long", { ranMs: lasting(10, 20) }, "worse", /times as long, surely over 1\.5/],
    ["takes a little longer", { ranMs: lasting(10, 12) }, "same", /and 1\.5 times is allowed/],
    [
      "takes longer than is allowed, so far",
      { ranMs: lasting(10, 15.5) },
      "undecided",
      /not yet surely over the 1\.5 times allowed/,
    ],
  ] as const) {
    it(`is ${verdict} for a candidate that ${what}`, () => {
      const found = comparison(given);
      assert.equal(found.verdict, verdict, found.reasons.join("\n"));
      assert.match(found.reasons.join("\n"), reason);
    });
  }

  it("is worse at any time, but nothing else before there are enough pairs", () => {
    const few = comparison({ failed: table({ neither: 900 }), agreed: 900 });
    assert.equal(few.verdict, "undecided");
    assert.equal(few.reasons[0], "A verdict needs 1,000 pairs, and so far there are 900.");
    const bad = comparison({ failed: table({ candidate: 50, neither: 50 }), agreed: 50 });
    assert.equal(bad.verdict, "worse");
  });

  it("is undecided before the first pair, with nothing to report", () => {
    const none = comparison({ failed: table({}), agreed: 0 });
    assert.equal(none.verdict, "undecided");
    assert.deepEqual(
      [none.errors, none.failures, none.agreement, none.latency],
      [null, null, null, null],
    );
  });
});

describe("the verdict where the truth is known", () => {
  const wrong = (cells: Partial<PairedTable>) => ({ wrong: table(cells) });

  for (const [what, cells, verdict, reason] of [
    [
      "is wrong less often",
      { both: 200, live: 200, candidate: 40, neither: 3560 },
      "better",
      /was wrong in 6 % of 4,000 pairs, the live version in 10 %: surely less often/,
    ],
    [
      "is wrong more often",
      { both: 200, live: 40, candidate: 200, neither: 3560 },
      "worse",
      /was wrong in 10 % of 4,000 pairs, the live version in 6 %: surely more often/,
    ],
    ["errs on the same inputs", { both: 400, neither: 3600 }, "same", /surely not more often/],
    [
      "may be better or worse",
      { both: 40, live: 360, candidate: 360, neither: 3240 },
      "undecided",
      /may still be more often in over 1 % of all pairs/,
    ],
    [
      "is surely wrong more often, by less than is allowed",
      { candidate: 40, neither: 19_960 },
      "same",
      /surely not more often in over 1 % of all pairs/,
    ],
  ] as const) {
    it(`is ${verdict} for a candidate that ${what}`, () => {
      const found = comparison(wrong(cells));
      assert.equal(found.verdict, verdict, found.reasons.join("\n"));
      assert.match(found.reasons.join("\n"), reason);
    });
  }

  it("goes by whether outputs agree while the truth of few pairs is known, unless that is bad", () => {
    const few = { wrong: table({ neither: 20 }) };
    assert.equal(comparison(few).verdict, "same");
    assert.equal(comparison({ ...few, agreed: 3800 }).verdict, "worse");
    const bad = comparison({ wrong: table({ candidate: 40, neither: 10 }) });
    assert.equal(bad.verdict, "worse", bad.reasons.join(" "));
    const enough = { wrong: table({ neither: 400 }), agreed: 3800 };
    assert.equal(comparison(enough).verdict, "undecided", "only what is known counts");
  });

  it("waits for the truth where it is to be judged by that, unless what is known is bad", () => {
    const byTruth = { ...settings, judge_by: "truth" } as const;
    const none = comparison({ agreed: 3200 }, byTruth);
    assert.equal(none.verdict, "undecided");
    const untold = "A verdict needs the truth of 1,000 pairs, and so far that of 0 is known.";
    assert.deepEqual(none.reasons, [untold]);
    const few = { wrong: table({ both: 90, neither: 909 }), agreed: 3200 };
    assert.equal(comparison(few, byTruth).verdict, "undecided");
    const enough = { wrong: table({ both: 90, neither: 910 }), agreed: 3200 };
    assert.equal(comparison(enough, byTruth).verdict, "same");
    const bad = { wrong: table({ candidate: 40, neither: 10 }) };
    assert.equal(comparison(bad, byTruth).verdict, "worse");
  });

  it("does not mind that a better version gives other outputs", () => {
    const better = { both: 200, live: 200, candidate: 40, neither: 3560 };
    assert.equal(comparison({ ...wrong(better), agreed: 3500 }).verdict, "better");
  });

  it("is worse for a better version that takes too long, and says that alone", () => {
    const better = { both: 200, live: 200, candidate: 40, neither: 3560 };
    const { verdict, reasons } = comparison({ ...wrong(better), ranMs: lasting(10, 40) });
    assert.equal(verdict, "worse");
    assert.equal(reasons.length, 1);
  });
});

describe("the report", () => {
  it("has an interval around each share, and the cells of both tables", () => {
    const found = comparison({
      wrong: table({ both: 300, live: 100, candidate: 120, neither: 1480 }),
      ranMs: lasting(10, 12),
    });
    const shares = [
      found.errors?.live,
      found.errors?.candidate,
      found.errors?.difference,
      found.failures?.candidate,
      found.agreement,
    ];
    for (const one of shares) {
      assert.ok(one);
      const [low, high] = one.interval;
      assert.ok(low <= one.share && one.share <= high && low < high, JSON.stringify(one));
    }
    assert.equal(found.errors?.live.share, 0.2);
    assert.equal(found.errors?.difference.share, 0.01);
    const { both, only_live: live, only_candidate: candidate, pairs } = found.errors ?? {};
    assert.deepEqual([both, live, candidate, pairs], [300, 100, 120, 2000]);
    assert.equal(found.agreement?.mean_difference, 0.001);
    assert.equal(found.confidence, 0.995);
    const [low, high] = found.latency?.interval ?? [];
    assert.ok(low !== undefined && low <= 1.2 && Number(high) >= 1.2);
  });

  it("has no end of the latency's interval where there are too few pairs to tell", () => {
    assert.deepEqual(comparison({ ranMs: lasting(10, 12, 3) }).latency?.interval, [0, null]);
  });
});
