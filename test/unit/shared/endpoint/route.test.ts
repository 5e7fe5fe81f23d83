import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reassigned } from "../../../../shared/endpoint/buckets.ts";
import { bucketCounts, definitionSchema } from "../../../../shared/endpoint/definition.ts";
import { route } from "../../../../shared/endpoint/route.ts";
import { randomFrom } from "../../../support/bulk/mayhem.ts";

type Shares = Readonly<Record<string, number>>;
type Routed = Parameters<typeof route>[0];

function definitionOf(shares: Shares) {
  const variants = Object.entries(shares).map(([name, share], i) => ({
    name,
    model: `m@${i + 1}`,
    share,
  }));
  return definitionSchema.parse({ variants });
}

function endpointOf(shares: Shares, before?: Routed): Routed {
  const definition = definitionOf(shares);
  const buckets = reassigned(before?.buckets ?? [], bucketCounts(definition));
  return { name: "faq", salt: "s", definition, buckets };
}

const REQUESTS = 100_000;
const SHARES = { blue: 70, green: 20, red: 10 };
const never = (): number => assert.fail("nothing is to be drawn");

/** Three standard deviations of a count. */
const within = (count: number, share: number): void => {
  const mean = REQUESTS * share;
  const sigma = Math.sqrt(REQUESTS * share * (1 - share));
  assert.ok(Math.abs(count - mean) <= 3 * sigma, `${count} of ${mean} ± ${3 * sigma}`);
};

describe("a route", () => {
  it("draws variants by their shares: 100,000 requests over 70, 20 and 10 % within 3 σ", () => {
    const random = randomFrom(17);
    const endpoint = endpointOf(SHARES);
    const counts = new Map<string, number>();
    for (let i = 0; i < REQUESTS; i += 1) {
      const name = route(endpoint, {}, random)?.name ?? "";
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [name, share] of Object.entries(SHARES)) within(counts.get(name) ?? 0, share / 100);
  });

  it("keeps who has an affinity where he is, and moves only to a share that has grown", () => {
    const before = endpointOf({ blue: 70, green: 20, red: 10 });
    const after = endpointOf({ blue: 60, green: 20, red: 20 }, before);
    const moved = new Map<string, number>();
    const counts = new Map<string, number>();
    for (let i = 0; i < REQUESTS; i += 1) {
      const pin = { affinity: `user-${i}` };
      const first = route(before, pin, never)?.name ?? "";
      assert.equal(route(before, pin, never)?.name, first);
      counts.set(first, (counts.get(first) ?? 0) + 1);
      const then = route(after, pin, never)?.name ?? "";
      if (first === then) continue;
      const way = `${first} to ${then}`;
      moved.set(way, (moved.get(way) ?? 0) + 1);
    }
    for (const [name, share] of Object.entries(SHARES)) within(counts.get(name) ?? 0, share / 100);
    assert.deepEqual([...moved.keys()], ["blue to red"]);
    within(moved.get("blue to red") ?? 0, 0.1);
  });

  it("shares out the same callers differently for another endpoint", () => {
    const one = endpointOf({ blue: 50, green: 50 });
    const other = { ...one, salt: "t" };
    let same = 0;
    for (let i = 0; i < REQUESTS; i += 1) {
      const pin = { affinity: `user-${i}` };
      if (route(one, pin, never)?.name === route(other, pin, never)?.name) same += 1;
    }
    within(same, 0.5);
  });

  it("goes where the pin says, whatever the shares, and nowhere for a variant there is not", () => {
    const endpoint = endpointOf({ blue: 100, green: 0 });
    assert.equal(route(endpoint, { variant: "green", affinity: "x" }, never)?.name, "green");
    assert.equal(route(endpoint, { variant: "red" }, never), undefined);
  });

  it("gives the default what the shares leave over", () => {
    const endpoint = endpointOf({ blue: 0, green: 10 });
    assert.equal(route(endpoint, {}, () => 0.5)?.name, "blue");
    assert.equal(route(endpoint, {}, () => 0.9)?.name, "green");
  });
});
