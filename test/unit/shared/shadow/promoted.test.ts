import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { definitionSchema, type Definition } from "../../../../shared/endpoint/definition.ts";
import type { Verdict } from "../../../../shared/endpoint/verdict/verdict.ts";
import { promoted } from "../../../../shared/shadow/promoted.ts";

type Input = z.input<typeof definitionSchema>;

const automatic = (more: Partial<Input> = {}): Definition =>
  definitionSchema.parse({
    variants: [{ name: "blue", model: "m@1" }],
    shadows: [{ name: "next", model: "m@2" }],
    compare: { promote: "automatic", steps: [5, 50, 100] },
    ...more,
  });

/** Shares after these verdicts, one after the other. */
function shares(definition: Definition, verdicts: readonly Verdict[]): Record<string, number> {
  const last = verdicts.reduce<Definition>((now, verdict) => {
    const after = promoted(now, verdict)?.definition ?? now;
    return definitionSchema.parse(after);
  }, definition);
  return Object.fromEntries(last.variants.map(({ name, share }) => [name, share]));
}

describe("what a verdict makes of traffic", () => {
  it("goes up the steps while it is as good, and no further", () => {
    assert.deepEqual(shares(automatic(), ["same"]), { blue: 95, next: 5 });
    assert.deepEqual(shares(automatic(), ["same", "undecided", "better"]), { blue: 50, next: 50 });
    const all = ["same", "same", "same", "same"] as const;
    assert.deepEqual(shares(automatic(), all), { blue: 0, next: 100 });
    assert.equal(promoted(automatic(), "undecided"), undefined);
  });

  it("goes all back when it is worse, and nowhere when it has nothing", () => {
    assert.deepEqual(shares(automatic(), ["same", "same", "worse"]), { blue: 100, next: 0 });
    assert.equal(promoted(automatic(), "worse"), undefined);
  });

  it("takes from the variant that it stands beside, and no more than that has", () => {
    const definition = automatic({
      variants: [
        { name: "blue", model: "m@1", share: 30 },
        { name: "red", model: "m@3", share: 20 },
      ],
      default: "red",
      shadows: [{ name: "next", model: "m@2", of: ["blue"] }],
    });
    assert.deepEqual(shares(definition, ["same"]), { blue: 25, red: 20, next: 5 });
    assert.deepEqual(shares(definition, ["same", "same"]), { blue: 0, red: 20, next: 30 });
  });

  it("leaves a version that is worse nothing, also where it is the default", () => {
    const definition = automatic({
      variants: [
        { name: "blue", model: "m@1" },
        { name: "green", model: "m@2", share: 10 },
      ],
      default: "green",
      shadows: [{ name: "next", model: "m@2", of: ["blue"] }],
    });
    assert.equal(promoted(definition, "worse")?.definition.default, "blue");
    assert.deepEqual(shares(definition, ["worse"]), { blue: 100, green: 0 });
  });

  it("is nothing unless the endpoint says automatic", () => {
    assert.equal(promoted(automatic({ compare: { promote: "manual" } }), "better"), undefined);
  });
});
