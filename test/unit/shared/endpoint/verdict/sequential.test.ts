import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { textMatch } from "../../../../../shared/model/pipelines/text-match/definition.ts";
import { comparisonOf } from "../../../../../shared/endpoint/verdict/report.ts";
import { compareSchema } from "../../../../../shared/endpoint/verdict/settings.ts";
import { randomFrom } from "../../../../support/bulk/mayhem.ts";
import { ComparisonHash } from "../../../../support/comparison-hash.ts";

const RUNS = 100;
const PAIRS = 5000;
const LOOK_EVERY = 100;
/** `known` is the share of pairs that are labelled. */
const EVERY = { known: 1, settings: compareSchema.parse({}) };

/** Who errs on a question. */
type Errs = (random: () => number) => { readonly live: boolean; readonly candidate: boolean };

const sharing: Errs = (random) => {
  const live = random() < 0.1;
  return { live, candidate: random() < 0.02 || live };
};

const independent =
  (share: number): Errs =>
  (random) => ({ live: random() < 0.1, candidate: random() < share });

describe("a verdict that is looked at after every 100 pairs", () => {
  for (const [what, errs] of [
    ["shares the live version's errors on 10 % and adds 2 % of its own", sharing],
    ["errs on 15 % independently", independent(0.15)],
  ] as const) {
    it(`is worse within 5,000 pairs for a candidate that ${what}`, (t) => {
      const found = Array.from({ length: RUNS }, (_, seed) => pairsUntilWorse(errs, seed));
      const worse = found.filter((pairs) => pairs !== undefined).toSorted((a, b) => a - b);
      t.diagnostic(`worse in ${worse.length} of ${RUNS}, median ${worse[RUNS / 2]} pairs`);
      assert.ok(worse.length >= 99, `${worse.length} of ${RUNS}`);
    });
  }

  it("is worse at most once in a hundred runs for an equal candidate with errors of its own", (t) => {
    const found = Array.from({ length: RUNS }, (_, seed) =>
      pairsUntilWorse(independent(0.1), seed),
    );
    const worse = found.filter((pairs) => pairs !== undefined).length;
    t.diagnostic(`worse in ${worse} of ${RUNS}`);
    assert.ok(worse <= 1, `${worse} of ${RUNS}`);
  });

  it("is not worse for one of which the truth is known of every twentieth pair, if that is what counts", () => {
    const rare = { known: 0.05, settings: compareSchema.parse({ judge_by: "truth" }) };
    const found = Array.from({ length: 20 }, (_, seed) =>
      pairsUntilWorse(independent(0.1), seed, rare),
    );
    assert.deepEqual(
      found.filter((pairs) => pairs !== undefined),
      [],
    );
  });
});

const ids = Array.from({ length: 20 }, (_, i) => `answer-${i}`);
const outputs = ids.map((id) => ({
  matches: [{ rank: 1, id, question: "?", answer: "!", probability: 0.9 }],
}));

/** Asks both versions questions with known answers, and compares what they say as the courier does. */
function pairsUntilWorse(
  errs: Errs,
  seed: number,
  { known, settings } = EVERY,
): number | undefined {
  const random = randomFrom(seed);
  const { versions } = textMatch;
  assert.ok(versions !== undefined);
  const hash = new ComparisonHash();
  for (let pairs = 1; pairs <= PAIRS; pairs += 1) {
    const right = Math.floor(random() * ids.length);
    const off = 1 + Math.floor(random() * (ids.length - 1));
    const said = (isWrong: boolean): unknown => outputs[(right + (isWrong ? off : 0)) % ids.length];
    const wrong = errs(random);
    const [live, candidate] = [said(wrong.live), said(wrong.candidate)];
    hash.add({
      failed: { live: false, candidate: false },
      comparison: versions.compare(candidate, live),
      ranMs: { live: 5 + 10 * random(), candidate: 5 + 10 * random() },
      wrong:
        known < 1 && random() >= known
          ? undefined
          : {
              live: !versions.isRight(live, ids[right]),
              candidate: !versions.isRight(candidate, ids[right]),
            },
    });
    const isLook = pairs % LOOK_EVERY === 0;
    if (isLook && comparisonOf(hash.counters, settings).verdict === "worse") return pairs;
  }
  return undefined;
}
