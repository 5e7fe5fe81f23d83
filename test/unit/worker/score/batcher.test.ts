import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Batcher, type Waiting } from "../../../../worker/score/batcher.ts";
import { SessionShares } from "../../../../worker/score/session-shares.ts";

interface Item extends Waiting {
  readonly name: string;
}

function item(name: string, more: Partial<Item> = {}): Item {
  return {
    name,
    model: "m@1",
    class: "interactive",
    rows: 1,
    rowsMax: 4,
    delayMaxMs: 0,
    company: "any",
    group: "g",
    sinceMs: 0,
    ...more,
  };
}

function setup(...items: Item[]): { batcher: Batcher<Item>; take: (nowMs?: number) => string } {
  const batcher = new Batcher<Item>(new SessionShares());
  for (const task of items) batcher.add(task);
  const take = (nowMs = 0): string => (batcher.take(nowMs) ?? []).map((task) => task.name).join("");
  return { batcher, take };
}

describe("batcher", () => {
  it("gives what is there at once, oldest first, up to the row limit", () => {
    const { take } = setup(...["a", "b", "c", "d", "e"].map((name) => item(name)));
    assert.deepEqual([take(), take(), take()], ["abcd", "e", ""]);
  });

  it("never mixes models or classes, and keeps a job's rows together", () => {
    const { take } = setup(
      item("a", { rows: 3 }),
      item("b", { model: "n@1" }),
      item("c", { rows: 2 }),
      item("d", { class: "bulk" }),
      item("e"),
    );
    assert.deepEqual([take(), take(), take(), take()], ["ae", "b", "c", "d"]);
  });

  it("lets a job go that has more rows than fit, when its limit was lowered while it waited", () => {
    const { take } = setup(item("a", { rows: 9 }), item("b"), item("c"));
    assert.deepEqual([take(), take()], ["a", "bc"]);
  });

  it("has what fills no batch wait for a brief run of its model, for 5 ms at most", () => {
    const shares = new SessionShares();
    shares.noteRun("m@1", 2);
    const batcher = new Batcher<Item>(shares);
    const take = (nowMs: number): string =>
      (batcher.take(nowMs) ?? []).map((task) => task.name).join("");
    batcher.add(item("a"));
    const first = batcher.take(0) ?? [];
    assert.equal(first.length, 1, "nothing runs yet");
    batcher.add(item("b", { sinceMs: 1 }));
    batcher.add(item("n", { model: "n@1", sinceMs: 1 }));
    batcher.add(item("o", { class: "bulk", sinceMs: 1 }));
    assert.deepEqual([take(2), take(2), take(2)], ["n", "o", ""], "other lanes go");
    assert.equal(batcher.wakeAtMs(), 6);
    assert.equal(take(6), "b", "it does not wait for a run that hangs");
    batcher.add(item("h", { sinceMs: 7, company: "alone" }));
    assert.equal(take(7), "h", "it may have no company");
    for (const name of ["c", "d", "e", "f", "g"]) batcher.add(item(name, { sinceMs: 7 }));
    assert.deepEqual([take(7), take(7)], ["cdef", ""], "a full one goes");
    for (const batch of batcher.runningBatches) batcher.release(batch, 2);
    assert.equal(take(8), "g");
  });

  it("gives a second slot at once what is not brief", () => {
    const shares = new SessionShares();
    shares.noteRun("m@1", 5);
    const batcher = new Batcher<Item>(shares);
    for (const name of ["a", "b", "c", "d", "e"]) batcher.add(item(name));
    const sizes = [batcher.take(0), batcher.take(0)].map((batch) => batch?.length);
    assert.deepEqual(sizes, [4, 1]);
  });

  it("waits for company only as long as the manifest says", () => {
    const { batcher, take } = setup(item("a", { delayMaxMs: 10, sinceMs: 100 }));
    assert.equal(take(105), "");
    assert.equal(batcher.wakeAtMs(), 110);
    assert.equal(take(110), "a");
    for (const name of ["b", "c", "d", "e"])
      batcher.add(item(name, { delayMaxMs: 10, sinceMs: 111 }));
    assert.equal(take(111), "bcde");
  });

  it("runs alone what must be alone, and by groups what must be", () => {
    const { take } = setup(
      item("a", { company: "alone" }),
      item("b", { company: "group", group: "x" }),
      item("c"),
      item("d", { company: "group", group: "x" }),
      item("e", { company: "group", group: "y" }),
      item("f"),
    );
    assert.deepEqual([take(), take(), take(), take()], ["a", "bd", "cf", "e"]);
  });

  it("gives a batch that was put back again, before what came later", () => {
    const { batcher, take } = setup(item("a", { rows: 2 }), item("b", { rows: 2 }), item("c"));
    const batch = batcher.take(0) ?? [];
    batcher.putBack(batch);
    batcher.release(batch, 0);
    assert.equal(batcher.running, 0);
    assert.deepEqual([take(), take()], ["ab", "c"]);
  });

  it("runs an exclusive task when nothing else runs, and nothing beside it", () => {
    const { batcher, take } = setup(item("a"), item("b", { company: "exclusive" }), item("c"));
    const first = batcher.take(0) ?? [];
    assert.equal(first.map((task) => task.name).join(""), "ac");
    batcher.add(item("d"));
    assert.equal(take(), "", "the slots must empty first, and later work must not keep them busy");
    batcher.release(first, 1);
    const alone = batcher.take(0) ?? [];
    assert.equal(alone[0]?.name, "b");
    assert.equal(take(), "");
    batcher.release(alone, 1);
    assert.equal(take(), "d");
  });

  it("gives bulk a fifth of contested session time, and interactive the rest", () => {
    const { batcher } = setup();
    const spent = { interactive: 0, bulk: 0, shadow: 0 };
    for (let round = 0; round < 2000; round++) {
      batcher.add(item("i"));
      batcher.add(item("b", { class: "bulk" }));
      const batch = batcher.take(0) ?? [];
      const [head] = batch;
      assert.ok(head !== undefined);
      const ms = head.class === "bulk" ? 30 : 10;
      spent[head.class] += ms;
      batcher.release(batch, ms);
    }
    const share = spent.bulk / (spent.bulk + spent.interactive);
    assert.ok(share > 0.19 && share < 0.22, `bulk had ${share}`);
  });

  it("says how much waits, and that something needs the whole worker", () => {
    const { batcher } = setup(item("a"), item("b", { rows: 2 }), item("c", { company: "alone" }));
    assert.deepEqual([batcher.waitingBatches("bulk"), batcher.hasExclusive], [1.75, false]);
    batcher.add(item("d", { company: "exclusive" }));
    assert.deepEqual([batcher.waitingBatches("bulk"), batcher.hasExclusive], [2.75, true]);
    batcher.add(item("e", { class: "bulk", rows: 4 }));
    assert.deepEqual(
      [batcher.waitingBatches("interactive"), batcher.waitingBatches("bulk")],
      [2.75, 3.75],
    );
    batcher.remove(({ name }) => name !== "d");
    const exclusive = batcher.take(0) ?? [];
    assert.deepEqual([batcher.waitingBatches("bulk"), batcher.hasExclusive], [0, true]);
    batcher.release(exclusive, 1);
    assert.equal(batcher.hasExclusive, false);
  });

  it("loses and doubles nothing, whatever comes", () => {
    const anyItem = fc.record({
      model: fc.constantFrom("m@1", "n@1"),
      class: fc.constantFrom("interactive" as const, "bulk" as const),
      rows: fc.integer({ min: 1, max: 4 }),
      company: fc.constantFrom(
        "any" as const,
        "group" as const,
        "alone" as const,
        "exclusive" as const,
      ),
      group: fc.constantFrom("x", "y"),
    });
    fc.assert(
      fc.property(
        fc.array(anyItem, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        (all, slots) => {
          const { batcher } = setup(...all.map((more, i) => item(`${i},`, more)));
          const running: (readonly Item[])[] = [];
          const seen: string[] = [];
          for (let step = 0; seen.length < all.length; step++) {
            assert.ok(step < 1000, "stuck");
            const batch = running.length < slots ? batcher.take(0) : undefined;
            if (batch === undefined) {
              const [ended] = running.splice(0, 1);
              assert.ok(ended !== undefined, "idle with work waiting");
              batcher.release(ended, 1);
              continue;
            }
            assert.ok(batch.reduce((sum, task) => sum + task.rows, 0) <= 4);
            seen.push(...batch.map((task) => task.name));
            running.push(batch);
          }
          assert.equal(new Set(seen).size, all.length);
        },
      ),
    );
  });
});
