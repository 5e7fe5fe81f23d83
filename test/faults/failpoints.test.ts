import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { failpoints, type Failpoint } from "../../shared/failpoint.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { flowFields } from "../../shared/lane/flow.ts";
import { keys } from "../support/redis-keys.ts";
import { atFailpoint } from "../support/faults/at-failpoint.ts";
import type { RoleKind } from "../support/faults/fleet.ts";
import { Trial } from "../support/faults/trial.ts";
import { until } from "../support/until.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const CLIENTS = 5;
const PAUSE_MS = 100;
/** A point that nobody reaches for so long is not reached at all. */
const REACHED_WITHIN_MS = 300_000;

/** Which kinds of process reach a point. */
const ROLES: Readonly<Record<Failpoint, readonly RoleKind[]>> = {
  "input stored": ["gateway"],
  accepted: ["gateway"],
  "shift added": ["gateway"],
  requeued: ["gateway"],
  "chunk appended": ["gateway"],
  "batch stepped": ["gateway"],
  taken: ["worker"],
  "run begins": ["worker"],
  "run ended": ["worker"],
  settled: ["worker", "gateway"],
  "given back": ["courier"],
  "shift mended": ["courier"],
  "overdue ended": ["courier"],
  "deliveries claimed": ["courier"],
  "delivery posted": ["courier"],
  // Of endpoints alone, which the oracle has none of: test/e2e/capture.test.ts ends at both.
  "lines captured": [],
  "pair counted": [],
  // Those of test/e2e/replays.test.ts.
  "replay copied": [],
  "replay counted": [],
};

describe("a process that ends at a point of a job's life", () => {
  it("loses, doubles and leaves nothing, whichever point it is", async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const say = (line: string): void => t.diagnostic(line);
    await using trial = await Trial.start({
      seed: SEED,
      gateways: 1,
      workers: 1,
      couriers: 1,
      say,
    });
    trial.load(CLIENTS, PAUSE_MS);
    await trial.undisturbed();
    for (const point of failpoints) {
      for (const kind of ROLES[point]) await endAt(trial, point, kind);
    }
    await trial.judge();
  });
});

/** Has the only role of a kind end at a point, and another take its place. */
async function endAt(trial: Trial, point: Failpoint, kind: RoleKind): Promise<void> {
  const { fleet, history } = trial;
  const [usual] = fleet.of(kind);
  const provoke = PROVOKED[point];
  const time = provoke === undefined ? 1 + Math.floor(trial.random() * 3) : 1;
  const doomed = await fleet.add(kind, atFailpoint(point, time));
  // From now on there is only the one that will end.
  if (usual !== undefined) await fleet.remove(usual);
  const isOver = async (): Promise<boolean> => {
    if (!doomed.role.hasExited) await provoke?.(trial);
    return doomed.role.hasExited;
  };
  await until(`${kind}: ${point}`, isOver, REACHED_WITHIN_MS).catch((cause: unknown) => {
    throw new Error(`${kind} did not reach "${point}":\n${doomed.role.log}`, { cause });
  });
  assert.equal(doomed.role.child.signalCode, "SIGKILL", doomed.role.log);
  history.disturb(`${kind} ended: ${point}`);
  await fleet.add(kind);
  history.disturb();
}

const LANE: Lane = { model: "oracle@1", class: "interactive" };
const { armed, attendant } = flowFields.letters;
/** Until a lease has ended, and the courier has looked. */
const GIVEN_BACK_WITHIN_MS = 6000;

const FORGET_SHIFTS = `
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do redis.call('DEL', ARGV[1] .. id) end
redis.call('DEL', KEYS[1], KEYS[2])`;

/** What has the courier mend something, for as long as it has not. */
const PROVOKED: Partial<Record<Failpoint, (trial: Trial) => Promise<void>>> = {
  "given back": async ({ fleet }) => {
    const [worker] = fleet.of("worker");
    if (worker !== undefined) await fleet.replace(worker, "SIGKILL");
    await setTimeout(GIVEN_BACK_WITHIN_MS);
  },
  /** Nobody hears of what comes: the worker that attended has no room any more. */
  "shift added": async ({ fleet: { system } }) => {
    await system.redis.client().hdel(keys.flow(LANE), attendant);
  },
  /** A message that was lost, and a shift with the gateway that was to add it: nothing of it is left. */
  "shift mended": async ({ fleet: { system } }) => {
    const begin = `${keys.shiftPrefix}:${laneName(LANE)}:`;
    const redis = system.redis.client();
    await redis.hset(keys.flow(LANE), armed, 1, attendant, "");
    await redis.eval(FORGET_SHIFTS, 2, `${begin}wait`, `${begin}marker`, begin);
  },
};
