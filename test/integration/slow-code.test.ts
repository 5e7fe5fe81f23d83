import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { slowToLoad } from "../support/slow-code.ts";
import { System } from "../support/system.ts";

/** Longer than a gateway waits for Redis to answer (5 s), and for a word of it (6 s). */
const SLOW_MS = 7000;

describe("roles whose code takes long to load", () => {
  it("lose neither an answer of Redis nor their start by it", async () => {
    await using system = await System.start(slowToLoad("bullmq", SLOW_MS));
    for (const { name, log } of system.roles) assert.doesNotMatch(log, /connection lost/, name);
  });
});
