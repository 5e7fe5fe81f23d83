import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failpoints, type Failpoint } from "../../shared/failpoint.ts";
import { keys } from "../support/redis-keys.ts";
import { atFailpoint } from "../support/faults/at-failpoint.ts";
import type { RoleKind } from "../support/faults/fleet.ts";
import { Trial } from "../support/faults/trial.ts";
import { until } from "../support/until.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
const CLIENTS = 5;
const PAUSE_MS = 100;
/** A point that nobody reaches for so long is not reached at all. */
const REACHED_WITHIN_MS = 120_000;

/** Which kinds of process reach a point. */
const ROLES: Readonly<Record<Failpoint, readonly RoleKind[]>> = {
  "input stored": ["gateway"],
  accepted: ["gateway"],
  dispatched: ["gateway"],
  requeued: ["gateway"],
  "chunk appended": ["gateway"],
  "batch stepped": ["gateway"],
  taken: ["worker"],
  "run begins": ["worker"],
  "run ended": ["worker"],
  settled: ["worker", "gateway"],
  redispatched: ["courier"],
  "overdue ended": ["courier"],
  "deliveries claimed": ["courier"],
  "delivery posted": ["courier"],
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
  const time = 1 + Math.floor(trial.random() * 3);
  const doomed = await fleet.add(kind, atFailpoint(point, point === "redispatched" ? 1 : time));
  // From now on there is only the one that will end.
  if (usual !== undefined) await fleet.remove(usual);
  if (point === "redispatched") await forgetDispatch(trial);
  await until(`${kind}: ${point}`, () => doomed.role.hasExited, REACHED_WITHIN_MS).catch(
    (cause: unknown) => {
      throw new Error(`${kind} did not reach "${point}":\n${doomed.role.log}`, { cause });
    },
  );
  assert.equal(doomed.role.child.signalCode, "SIGKILL", doomed.role.log);
  history.disturb(`${kind} ended: ${point}`);
  await fleet.add(kind);
  history.disturb();
}

/** A dispatch whose acknowledgement was lost with its gateway, long ago. */
async function forgetDispatch({ fleet: { system } }: Trial): Promise<void> {
  const redis = system.redis.client();
  const [id] = await redis.zrange(keys.jobs("default"), "0", "0");
  const dispatch = { v: 1, lane: "oracle@1.interactive", jobs: [id], rows: 1 };
  await redis.zadd(keys.undispatched, "1", JSON.stringify(dispatch));
}
