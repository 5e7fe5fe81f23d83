import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reportOf } from "../../bench/report/markdown.ts";
import { Results } from "../../bench/report/results.ts";
import type { Entry } from "../../bench/run/record.ts";

const workload = "faq";
const step = "closed-64";

function entry(
  arm: string,
  round: number,
  rate: number,
  more: Partial<Entry["sample"]> = {},
): Entry {
  const sample = {
    figures: { rate, p50Ms: 1, p99Ms: 2 },
    cpuMicros: { gateway: 10, redis: 5, generator: 3 },
    foreignCores: 0.01,
    wrong: 0,
    refused: 0,
    examples: [],
    ...more,
  };
  return { round, arm, workload, step, sample };
}

function report(entries: readonly Entry[]): string {
  const record = { code: "abc", machine: ["a machine"], commands: ["npm run bench"] };
  const failures = [{ arm: "litserve", reason: "pip said no" }];
  const titles = { ours: "ours", direct: "direct" };
  return reportOf({ ...record, entries: [...entries], failures }, { titles, reference: "direct" });
}

describe("ratios of the bench", () => {
  it("are formed within a round, whatever order the samples came in", () => {
    const results = new Results([
      entry("ours", 2, 300),
      entry("direct", 1, 100),
      entry("direct", 2, 600),
      entry("ours", 1, 200),
    ]);
    const at = (arm: string) => ({ arm, workload, step });
    assert.deepEqual(results.ratios(at("ours"), at("direct")), [2, 0.5]);
  });

  it("leave out a round in which the other was not measured", () => {
    const results = new Results([
      entry("ours", 1, 200),
      entry("ours", 2, 200),
      entry("direct", 2, 100),
    ]);
    const at = (arm: string) => ({ arm, workload, step });
    assert.deepEqual(results.ratios(at("ours"), at("direct")), [2]);
  });
});

describe("the bench's report", () => {
  it("tells the sum of the servers' CPU time, and the generator's beside it", () => {
    assert.match(report([entry("ours", 1, 200)]), /\| 15: gateway 10, redis 5 \(generator 3\) \|/);
  });

  it("says which samples were disturbed, refused or wrong", () => {
    const text = report([
      entry("ours", 1, 200, { foreignCores: 0.5 }),
      entry("ours", 2, 200, { refused: 7 }),
      entry("ours", 3, 200, { wrong: 2, examples: ["200 nonsense"] }),
    ]);
    assert.match(text, /1 of 3 not clean, 0\.50 cores; 7 refused or lost; \*\*2 WRONG\*\*/);
    assert.match(text, /Wrong answers: 2\.\n- ours: 200 nonsense/);
  });

  it("names an arm that could not be measured", () => {
    assert.match(report([]), /\*\*litserve could not be measured:\*\* pip said no/);
  });
});
