import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { comparisons, endpoint } from "../../../../gateway/endpoints/examples.ts";
import { candidatesOf } from "../../../../gateway/page/browser/endpoints/candidates.ts";
import {
  bodyWith,
  changesBetween,
  earlierShares,
  moved,
  promoted,
  sharesOf,
  sharesText,
} from "../../../../gateway/page/browser/endpoints/traffic.ts";
import { figureRows } from "../../../../gateway/page/browser/endpoints/verdict.ts";

const shares = (given: Record<string, number>) => new Map(Object.entries(given));
const move = (before: Record<string, number>, name: string, percent: number) =>
  Object.fromEntries(moved(shares(before), { name, percent }, "blue"));

describe("a slider of an endpoint", () => {
  it("takes from the default first, and gives it back", () => {
    assert.deepEqual(move({ blue: 90, green: 10 }, "green", 20), { blue: 80, green: 20 });
    assert.deepEqual(move({ blue: 60, green: 20, red: 20 }, "red", 5), {
      blue: 75,
      green: 20,
      red: 5,
    });
  });

  it("takes from the others, as their shares are, once the default has nothing", () => {
    assert.deepEqual(move({ blue: 10, green: 60, red: 30 }, "green", 85), {
      blue: 0,
      green: 85,
      red: 15,
    });
    assert.deepEqual(move({ blue: 50, green: 30, red: 20 }, "blue", 0), {
      blue: 0,
      green: 60,
      red: 40,
    });
    assert.deepEqual(move({ blue: 100, green: 0, red: 0 }, "blue", 40), {
      blue: 40,
      green: 60,
      red: 0,
    });
  });

  it("leaves a sum of 100, whatever it is moved to", () => {
    const names = ["blue", "green", "red", "grey"];
    let now: Record<string, number> = { blue: 33.33, green: 33.33, red: 33.34, grey: 0 };
    for (let turn = 0; turn < 400; turn += 1) {
      now = move(now, names[(turn * 7) % 4] ?? "", ((turn * 37.77) % 140) - 20);
      const sum = Object.values(now).reduce((total, share) => total + Math.round(share * 100), 0);
      assert.equal(sum, 10_000, JSON.stringify(now));
      assert.ok(
        Object.values(now).every((share) => share >= 0),
        JSON.stringify(now),
      );
    }
  });

  it("moves nothing where there is nobody to take from", () => {
    assert.deepEqual(move({ blue: 100 }, "blue", 10), { blue: 100 });
  });
});

describe("a change of an endpoint's traffic", () => {
  const now = sharesOf(endpoint);
  const body = bodyWith(endpoint, shares({ blue: 70, green: 30 }));

  it("says before and after of those that change", () => {
    assert.deepEqual(changesBetween(now, shares({ blue: 90, green: 10 })), []);
    assert.deepEqual(changesBetween(now, shares({ blue: 70, green: 30 })), [
      { name: "blue", from: 90, to: 70 },
      { name: "green", from: 10, to: 30 },
    ]);
    assert.equal(sharesText(now), "blue 90 %, green 10 %");
  });

  it("names all variants as they are, with their new shares", () => {
    assert.deepEqual(body, {
      variants: [
        { name: "blue", model: "faq-javascript@1", type: "control", share: 70 },
        { name: "green", model: "faq-javascript@1", type: "treatment", share: 30 },
      ],
      default: "blue",
    });
  });

  it("gives what is promoted everything, and adds it where it is new", () => {
    const given = promoted(endpoint, { name: "next", model: "faq-javascript@2" });
    assert.equal(given.default, "next");
    assert.deepEqual(
      given.variants.map(({ name, share }) => [name, share]),
      [
        ["blue", 0],
        ["green", 0],
        ["next", 100],
      ],
    );
  });

  it("tells earlier traffic with what the default had beside its share", () => {
    const variants = [
      { name: "blue", model: "a@1", share: 0, type: "control" as const },
      { name: "green", model: "a@2", share: 12.5, type: "treatment" as const },
    ];
    const earlier = { revision: 1, until: null, variants, default: "blue" };
    assert.equal(sharesText(earlierShares(earlier)), "blue 87.5 %, green 12.5 %");
  });
});

describe("a comparison in the page", () => {
  it("has a row for each figure, with what the endpoint asks for", () => {
    const [comparison] = comparisons.data;
    assert.ok(comparison);
    assert.deepEqual(
      figureRows(comparison, endpoint.compare).map((row) => Object.values(row)),
      [
        ["Failed", "0.0 %", "0.0 %", "0.0 %", "−100.0 % to +100.0 %", "at most +1.0 %", "2"],
        ["Agrees", "–", "50.0 %", "–", "1.0 % to 99.0 %", "at least 98.0 %", "2"],
        ["Runs, p95", "12 ms", "12 ms", "× 1.02", "× 0 to ?", "at most × 1.5", "2"],
      ],
    );
  });

  it("is offered with versions of the same model that are not compared yet", () => {
    const version = (number: number, status: "available" | "archived" = "available") => ({
      id: `faq-javascript@${number}`,
      name: "faq-javascript",
      version: number,
      description: "",
      tags: {},
      properties: {},
      pipeline: "text-match" as const,
      status,
      workers: { ready: 1, starting: 0 },
      runs_on: [],
    });
    const versions = [version(1), version(2), version(3, "archived"), version(4)];
    const data = [
      { name: "faq-javascript", versions, url: "" },
      { name: "wine", versions: [], url: "" },
    ];
    const models = { object: "list" as const, data };
    const shadows = endpoint.shadows.map((shadow) => ({ ...shadow, model: "faq-javascript@2" }));
    assert.deepEqual(candidatesOf({ ...endpoint, shadows }, models), ["faq-javascript@4"]);
  });
});
