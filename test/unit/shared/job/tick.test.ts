import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Tick } from "../../../../shared/job/tick.ts";

/** Calls that end when they are told to. */
function setup(sizeOf?: (item: string) => number) {
  const calls: { readonly items: readonly string[]; readonly end: (error?: Error) => void }[] = [];
  const tick = new Tick<string, string>(
    (item) => item.charAt(0),
    async (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      const end = (error?: Error): void =>
        error === undefined ? resolve(items.map((item) => `${item}!`)) : reject(error);
      calls.push({ items, end });
      return promise;
    },
    sizeOf,
  );
  return { tick, calls, items: () => calls.map((call) => call.items) };
}

describe("a tick", () => {
  it("works on what comes in one turn of the event loop at once, group by group", async () => {
    const { tick, calls, items } = setup();
    const all = Promise.all(["a1", "b1", "a2"].map(async (item) => tick.add(item)));
    assert.deepEqual(items(), []);
    await setImmediate();
    assert.deepEqual(items(), [["a1", "a2"], ["b1"]]);
    for (const { end } of calls) end();
    assert.deepEqual(await all, ["a1!", "b1!", "a2!"]);
  });

  it("parts what is too much for one call", async () => {
    const { tick, items } = setup(() => 100);
    for (const item of ["a1", "a2", "a3"]) void tick.add(item);
    await setImmediate();
    assert.deepEqual(items(), [["a1", "a2"], ["a3"]]);
  });

  it("tells all of a call that it went wrong, and goes on", async () => {
    const { tick, calls } = setup();
    const failing = Promise.allSettled([tick.add("a1"), tick.add("a2")]);
    await setImmediate();
    const next = tick.add("a3");
    calls[0]?.end(new Error("no"));
    assert.deepEqual(
      (await failing).map(({ status }) => status),
      ["rejected", "rejected"],
    );
    await setImmediate();
    calls[1]?.end();
    assert.equal(await next, "a3!");
  });

  it("waits for no call that is under way", async () => {
    const { tick, items } = setup();
    void tick.add("a1");
    await setImmediate();
    void tick.add("a2");
    await setImmediate();
    assert.deepEqual(items(), [["a1"], ["a2"]]);
  });
});
