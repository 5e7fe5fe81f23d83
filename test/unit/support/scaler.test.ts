import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  NO_HISTORY,
  isActive,
  pollDecision,
  syncDecision,
  wish,
  type History,
} from "../../support/scaler/decide.ts";
import { COMPRESSION, compressed, readPool, type Pool } from "../../support/scaler/pool.ts";

const pool: Pool = readPool("k8s/models/wine");
const triggers = [
  { list: "interactive", target: 10, activation: 0 },
  { list: "bulk", target: 100, activation: 0 },
];

describe("a pool, as its manifests say it", () => {
  it("is read with all that decides", () => {
    const { up, down, triggers: read, env, ...numbers } = pool;
    assert.deepEqual(numbers, {
      pollMs: 5000,
      syncMs: 15_000,
      recentMs: 60_000,
      cooldownMs: 240_000,
      replicasMin: 0,
      replicasMax: 10,
      terminationMs: 20_000,
    });
    assert.deepEqual([up.windowMs, down.windowMs], [0, 180_000]);
    assert.deepEqual(up.policies, [
      { type: "Percent", value: 100, periodMs: 15_000 },
      { type: "Pods", value: 4, periodMs: 15_000 },
    ]);
    assert.deepEqual(down.policies, [{ type: "Pods", value: 1, periodMs: 30_000 }]);
    assert.deepEqual(
      read.map(({ target, activation }) => [target, activation]),
      [
        [2000, 0],
        [120_000, 0],
        [100, 0],
      ],
    );
    assert.equal(env["WORKER_MODELS"], "wine@1");
    assert.ok(!("HEALTH_PORT" in env) && !("REDIS_URL" in env));
  });

  it("runs faster as a whole, but for the time that a process has to end", () => {
    const fast = compressed(pool);
    assert.equal(fast.pollMs * COMPRESSION, pool.pollMs);
    assert.equal(fast.cooldownMs * COMPRESSION, pool.cooldownMs);
    assert.equal(fast.recentMs * COMPRESSION, pool.recentMs);
    assert.equal(fast.down.windowMs * COMPRESSION, pool.down.windowMs);
    assert.equal(fast.triggers[0]?.target, 33);
    assert.equal(fast.terminationMs, pool.terminationMs);
  });
});

describe("KEDA", () => {
  const active: readonly (readonly [lengths: readonly number[], is: boolean])[] = [
    [[0, 0], false],
    [[1, 0], true],
    [[0, 1], true],
  ];
  for (const [lengths, is] of active) {
    it(`is ${is ? "" : "not "}active at ${lengths.join(" and ")}`, () => {
      assert.equal(isActive(triggers, lengths), is);
    });
  }

  const polls = [
    { what: "wakes a pool at zero", replicas: 0, active: true, idleMs: 0, to: 1 },
    { what: "leaves an active pool to the HPA", replicas: 7, active: true, idleMs: 0, to: 7 },
    { what: "waits for the cooldown", replicas: 7, active: false, idleMs: 239_999, to: 7 },
    { what: "takes all at its end", replicas: 7, active: false, idleMs: 240_000, to: 0 },
    { what: "leaves zero at zero", replicas: 0, active: false, idleMs: 900_000, to: 0 },
  ];
  for (const { what, replicas, active: isActiveNow, idleMs, to } of polls) {
    it(what, () => {
      assert.equal(pollDecision(pool, { replicas, isActive: isActiveNow, idleMs }), to);
    });
  }
});

describe("the HPA's wish", () => {
  const wishes: readonly (readonly [
    lengths: readonly [number, number],
    replicas: number,
    to: number,
  ])[] = [
    [[100, 0], 1, 10],
    [[101, 0], 1, 11],
    [[30, 1000], 1, 10], // the largest, not the sum
    [[105, 0], 10, 10], // 5 % more is within the tolerance
    [[111, 0], 10, 12],
    [[91, 0], 10, 10],
    [[89, 0], 10, 9],
    [[0, 0], 10, 0],
  ];
  for (const [lengths, replicas, to] of wishes) {
    it(`is ${to} at ${lengths.join(" and ")} of ${replicas}`, () => {
      assert.equal(wish(triggers, lengths, replicas), to);
    });
  }
});

describe("the HPA", () => {
  /** Replicas after each sync, 15 s apart. */
  function walk(from: number, wishes: readonly number[]): number[] {
    let history: History = NO_HISTORY;
    let replicas = from;
    return wishes.map((wished, i) => {
      const moment = { nowMs: i * 15_000, replicas, wish: wished };
      ({ replicas, history } = syncDecision(pool, history, moment));
      return replicas;
    });
  }

  it("does nothing at zero", () => assert.deepEqual(walk(0, [9, 9]), [0, 0]));

  it("adds four or doubles, whichever is more, in a period, up to the most", () => {
    assert.deepEqual(walk(1, [20, 20, 20]), [5, 10, 10]);
    assert.deepEqual(walk(1, [3, 3]), [3, 3]);
  });

  it("goes down when the largest wish of three minutes does, one in half a minute", () => {
    const wishes = [5, ...Array.from({ length: 16 }, () => 1)];
    const expected = [...Array.from({ length: 12 }, () => 5), 4, 4, 3, 3, 2];
    assert.deepEqual(walk(5, wishes), expected);
  });

  it("starts to wait anew when a wish rises meanwhile", () => {
    const wishes = [1, 1, 1, 3, ...Array.from({ length: 13 }, () => 1)];
    assert.deepEqual(walk(3, wishes).slice(12), [3, 3, 3, 2, 2]);
  });

  it("never goes below one: that is KEDA's", () => {
    const wishes = Array.from({ length: 40 }, () => 0);
    assert.equal(walk(3, wishes).at(-1), 1);
  });

  it("counts what it added in a period, not what KEDA did", () => {
    let history: History = NO_HISTORY;
    const at = (nowMs: number, replicas: number): number => {
      const next = syncDecision(pool, history, { nowMs, replicas, wish: 10 });
      history = next.history;
      return next.replicas;
    };
    assert.equal(at(0, 1), 5);
    assert.equal(at(5000, 5), 5, "four in 15 s");
    assert.equal(at(15_000, 5), 10);
  });
});
