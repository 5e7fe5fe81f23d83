import * as fc from "fast-check";

const pick = fc.nat(11);
const lane = fc.nat(1);
const letters = fc.array(fc.constantFrom("S", "S", "F"), { minLength: 1, maxLength: 4 });
const settle = fc.record({
  pack: pick,
  first: fc.constantFrom(0, 0, 0, 1, 2),
  letters: letters.map((it) => it.join("")),
  /** It names an attempt that is not the pack's. */
  isLate: rarely(),
  /** The worker has handed it back, and does not know. */
  isGone: rarely(),
  isLarge: rarely(),
});
const pack = fc.record({
  tenants: fc.array(fc.constantFrom("one", "two"), { minLength: 1, maxLength: 4 }),
  /** Its payload; of one that is alone. */
  isLarge: rarely(),
  isTaken: fc.boolean(),
  startMs: fc.constantFrom(3000, 600_000),
  totalMs: fc.constantFrom(9000, 3_600_000),
  retries: fc.constantFrom(0, 1, 5, 9),
});

/** One move of a client, a worker, the courier or time; numbers choose among what there is. */
export const steps = fc.array(
  fc.record({
    /** Its reply was lost, and it is sent again. */
    isTwice: rarely(),
    move: fc.oneof(
      { weight: 5, arbitrary: move("accept", { lane, packs: several(pack) }) },
      { weight: 8, arbitrary: move("turn", turnOf(fc.option(lane, { freq: 4 }))) },
      { weight: 3, arbitrary: move("wake", turnOf(lane)) },
      { weight: 2, arbitrary: move("beat", { run: pick, forgets: fc.boolean() }) },
      { weight: 2, arbitrary: move("release", { run: pick, pack: pick }) },
      { weight: 1, arbitrary: move("leave", { run: pick }) },
      { weight: 3, arbitrary: move("sleep", { ms: fc.constantFrom(10, 1500, 4500) }) },
      { weight: 3, arbitrary: move("reap", {}) },
      { weight: 3, arbitrary: move("cancel", { job: pick }) },
      { weight: 2, arbitrary: move("overdue", {}) },
      { weight: 2, arbitrary: move("retry", { job: pick }) },
      { weight: 1, arbitrary: move("erase", { job: pick }) },
      { weight: 2, arbitrary: move("resend", { turn: pick }) },
    ),
  }),
  { minLength: 5, maxLength: 30 },
);

export type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];
export type Move = Step["move"];
export type MoveOf<D extends Move["do"]> = Extract<Move, { do: D }>;

function turnOf<L>(of: fc.Arbitrary<L>) {
  return {
    run: pick,
    lane: of,
    rows: fc.constantFrom(0, 1, 2, 4, 8),
    settles: fc.array(settle, { maxLength: 2 }),
  };
}

function move<D extends string, T extends object>(
  name: D,
  model: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<{ do: D } & T> {
  // What the record holds is what its model says.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return fc.record({ do: fc.constant(name), ...model }) as unknown as fc.Arbitrary<{ do: D } & T>;
}

function several<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength: 1, maxLength: 3 });
}

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(4).map((it) => it === 0);
}
