import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ANYBODY } from "../../../../gateway/access/caller.ts";
import { Planner } from "../../../../gateway/routing/planner.ts";
import { definitionSchema } from "../../../../shared/endpoint/definition.ts";
import { loadRegistry, Registry } from "../../../../shared/model/registry.ts";
import { ROOT } from "../../../support/launcher.ts";

const [slow] = loadRegistry(`${ROOT}/test/fixtures/models`).versions;

describe("a plan", () => {
  it("leaves out shadows of versions that are archived, or not there", () => {
    assert.ok(slow);
    const version = (number: number, isArchived: boolean) => ({
      ...slow,
      id: `a@${number}`,
      name: "a",
      version: number,
      isArchived,
    });
    const registry = new Registry(
      [version(1, false), version(2, true), version(3, false)],
      new Map(),
    );
    const endpoint = {
      name: "e",
      revision: 1,
      createdAtMs: 0,
      updatedAtMs: 0,
      definition: definitionSchema.parse({
        variants: [{ name: "blue", model: "a@1" }],
        shadows: [2, 3, 4].map((number) => ({ name: `next-${number}`, model: `a@${number}` })),
      }),
      salt: "",
      buckets: [{ variant: "blue", count: 10_000 }],
      history: [],
    };
    const endpoints = { find: () => endpoint, all: [endpoint] };
    const planner = new Planner({ models: { registry }, endpoints, random: () => 0.5 });
    const { version: live, shadows } = planner.plan(ANYBODY, { name: "e" });
    assert.equal(live.id, "a@1");
    assert.deepEqual(
      shadows.map((shadow) => shadow.version.id),
      ["a@3"],
    );
  });
});
