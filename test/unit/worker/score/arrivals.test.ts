import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pino from "pino";
import { Arrivals } from "../../../../worker/score/arrivals.ts";

function setup() {
  const seen: string[] = [];
  const arrivals = new Arrivals<{ readonly name: string }>({
    onCome: ({ name }) => seen.push(name),
    release: async ({ name }) => void seen.push(`${name} released`),
    onAll: () => seen.push(`all, ${arrivals.turns} turns to come`),
    logger: pino({ level: "silent" }),
  });
  const pack = (name: string) => ({ name, read: Promise.withResolvers<[]>() });
  const expect = async (packs: readonly ReturnType<typeof pack>[]): Promise<void> =>
    arrivals.expect(packs.map(({ name, read }) => ({ carrier: { name }, tasks: read.promise })));
  return { seen, arrivals, pack, expect };
}

describe("arrivals", () => {
  it("let the inputs of a turn in together, in their order, and no other turn's wait", async () => {
    const { seen, arrivals, pack, expect } = setup();
    const [a, b, c] = [pack("a"), pack("b"), pack("c")];
    const [first, second] = [expect([a, b]), expect([c])];
    assert.equal(arrivals.turns, 2);
    b.read.resolve([]);
    c.read.resolve([]);
    await second;
    assert.deepEqual(seen, ["c", "all, 1 turns to come"]);
    a.read.resolve([]);
    await first;
    assert.deepEqual(seen.slice(2), ["a", "b", "all, 0 turns to come"]);
  });

  it("hand back a pack whose input cannot be read, and let in the others", async () => {
    const { seen, pack, expect } = setup();
    const [a, b] = [pack("a"), pack("b")];
    const done = expect([a, b]);
    a.read.reject(new Error("Redis is away"));
    b.read.resolve([]);
    await done;
    assert.deepEqual(seen, ["a released", "b", "all, 0 turns to come"]);
  });

  it("are none where no input has to come", async () => {
    const { seen, arrivals, expect } = setup();
    await expect([]);
    assert.deepEqual([seen, arrivals.turns], [[], 0]);
  });
});
