import assert from "node:assert/strict";
import { it } from "node:test";
import { Alarms } from "../../../../gateway/http/alarms.ts";

it("alarms ring once and not before their time, and none that was cleared", async () => {
  const alarms = new Alarms();
  const nowMs = performance.now();
  const rung: string[] = [];
  const set = (name: string, afterMs: number) => {
    const done = Promise.withResolvers<void>();
    const atMs = nowMs + afterMs;
    const wake = (): void => {
      rung.push(performance.now() < atMs ? `${name}, too early` : name);
      done.resolve();
    };
    const sleeper = { wake };
    const slot = alarms.set(sleeper, atMs);
    return { done: done.promise, clear: () => alarms.clear(sleeper, slot) };
  };
  const last = set("last", 160);
  const cleared = set("cleared", 90);
  set("first", 10);
  set("past", -50);
  cleared.clear();
  // An alarm keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  await last.done;
  clearInterval(alive);
  assert.deepEqual(rung.toSorted(), ["first", "last", "past"]);
});
