import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Tick, type TickOptions } from "../../../../shared/job/tick.ts";

/** Calls that end when they are told to. */
function setup(options: TickOptions<string> = {}) {
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
    options,
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
    const { tick, items } = setup({ sizeOf: () => 100 });
    for (const item of ["a1", "a2", "a3"]) void tick.add(item);
    await setImmediate();
    assert.deepEqual(items(), [["a1", "a2"], ["a3"]]);
  });

  it("tells all of a call that it went wrong, and goes on", async () => {
    const { tick, calls } = setup({ holdMs: 1000 });
    const failing = Promise.allSettled([tick.add("a1"), tick.add("a2")]);
    await setImmediate();
    const held = tick.add("a3");
    calls[0]?.end(new Error("no"));
    assert.deepEqual(
      (await failing).map(({ status }) => status),
      ["rejected", "rejected"],
    );
    await setImmediate();
    calls[1]?.end();
    assert.equal(await held, "a3!");
  });

  it("waits for no call that is under way, unless it is told to", async () => {
    const { tick, items } = setup();
    void tick.add("a1");
    await setImmediate();
    void tick.add("a2");
    await setImmediate();
    assert.deepEqual(items(), [["a1"], ["a2"]]);
  });

  it("holds what comes during a call of its group for the next, and nothing of another group", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { tick, calls, items } = setup({ holdMs: 5 });
    void tick.add("a1");
    await setImmediate();
    for (const item of ["a2", "b1", "a3"]) {
      void tick.add(item);
      await setImmediate();
    }
    assert.deepEqual(items(), [["a1"], ["b1"]]);
    calls[0]?.end();
    await setImmediate();
    await setImmediate();
    assert.deepEqual(items(), [["a1"], ["b1"], ["a2", "a3"]]);
    calls[2]?.end();
    await setImmediate();
    // Nothing is under way any more.
    void tick.add("a4");
    await setImmediate();
    assert.deepEqual(items().at(-1), ["a4"]);
  });

  it("holds nothing for longer than it was told, whatever becomes of the call", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { tick, items } = setup({ holdMs: 5 });
    void tick.add("a1");
    await setImmediate();
    void tick.add("a2");
    t.mock.timers.tick(4);
    await setImmediate();
    assert.deepEqual(items(), [["a1"]]);
    t.mock.timers.tick(1);
    await setImmediate();
    assert.deepEqual(items(), [["a1"], ["a2"]]);
  });
});
