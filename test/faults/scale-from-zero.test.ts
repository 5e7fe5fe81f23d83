import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { BulkClient } from "../support/bulk/client.ts";
import { randomFrom } from "../support/bulk/mayhem.ts";
import { wineLine } from "../support/bulk/wine.ts";
import { ask, postJson, type Reply } from "../support/client.ts";
import { coldStartLine } from "../support/scaler/cold-start.ts";
import { compressed, readPool } from "../support/scaler/pool.ts";
import { Scaler, type Scaled } from "../support/scaler/scaler.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

/** `JOBS=10000` for more: half of them by themselves, half as a batch's items. */
const JOBS = Number(process.env["JOBS"] ?? "600");
const SEED = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
/** As many workers as this machine bears; `maxReplicaCount` is for a cluster. */
const REPLICAS = Number(process.env["REPLICAS"] ?? "3");
/** Of clients that wait for each answer. */
const CLIENTS = 4;
const SENDERS = 16;
const LIMIT_MS = 300_000 + 50 * JOBS;

const pageSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      started_at: z.string(),
      completed_at: z.string(),
    }),
  ),
  next_cursor: z.string().nullable(),
});
type Ended = z.infer<typeof pageSchema>["data"][number];

describe("a pool at zero, scaled as KEDA and the HPA do", () => {
  const sent: string[] = [];
  let system: System;
  let scaler: Scaler;
  let url = "";

  before(async () => {
    system = await System.bare();
    [{ url }] = await Promise.all([system.gateway(), system.courier()]);
    const pool = compressed(readPool("k8s/models/wine"));
    scaler = await Scaler.start(system, {
      pool: { ...pool, replicasMax: Math.min(pool.replicasMax, REPLICAS) },
      env: { WORKER_SLOTS: "1" },
      random: randomFrom(SEED),
    });
  });
  after(async () => {
    await scaler[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  const submit = async (prefer = ""): Promise<Reply> => {
    const { input } = z.object({ input: z.unknown() }).parse(JSON.parse(wineLine(sent.length)));
    const reply = await postJson(`${url}/v1/models/wine/jobs`, { input }, prefer);
    assert.ok(reply.status === 202 || reply.status === 200, JSON.stringify(reply.body));
    sent.push(reply.body.id ?? "");
    return reply;
  };
  const lower = (): Scaled[] => scaler.history.filter(({ from, to }) => to < from);

  it(`grows for ${JOBS} jobs, loses pods by chance amid work, and ends at zero, each job once`, async (t) => {
    t.diagnostic(`SEED=${SEED}, up to ${REPLICAS} workers`);
    const client = new BulkClient(() => url);
    const [items, singles] = [Math.floor(JOBS / 2), Math.ceil(JOBS / 2)];
    const sentMs = Date.now();
    const [batch] = await Promise.all([client.submitWine(items), burst(singles)]);
    await until("there are as many as may be", () => scaler.peak === REPLICAS, LIMIT_MS);
    await client.checkWine(await ended(client, batch), items);
    await trickle(() => scaler.replicas === 1);
    await until("none is left", () => scaler.replicas === 0, LIMIT_MS);
    await scaler.calm();

    const jobs = await listed();
    assert.deepEqual(jobs.map(({ id }) => id).toSorted(), sent.toSorted());
    assert.deepEqual(new Set(jobs.map(({ status }) => status)), new Set(["succeeded"]));
    await assertNothingLeft();
    assertScaledIn();
    t.diagnostic(coldStartOf(jobs, sentMs));
    t.diagnostic(toldOf(scaler.history));
  });

  it("wakes again for one job", async () => {
    const { status } = await submit("wait=60");
    assert.equal(status, 200);
    const woken = scaler.history.filter(({ from }) => from === 0);
    assert.deepEqual(
      woken.map(({ by, to }) => [by, to]),
      [
        ["KEDA", 1],
        ["KEDA", 1],
      ],
    );
  });

  async function burst(count: number): Promise<void> {
    let left = count;
    const senders = Array.from({ length: SENDERS }, async () => {
      while (left-- > 0) await submit();
    });
    await Promise.all(senders);
  }

  /** Clients that send one job after the other, until something holds. */
  async function trickle(holds: () => boolean): Promise<void> {
    const endMs = performance.now() + LIMIT_MS;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!holds()) {
        assert.ok(performance.now() < endMs, toldOf(scaler.history));
        assert.equal((await submit("wait=60")).status, 200);
      }
    });
    await Promise.all(clients);
  }

  async function ended(client: BulkClient, batch: string): Promise<string> {
    const isEnded = async (): Promise<boolean> => {
      const { status, counts } = await client.get(batch);
      return status === "completed" && counts.succeeded === counts.total;
    };
    await until("the batch has ended", isEnded, LIMIT_MS);
    return batch;
  }

  /** All jobs that the API knows. */
  async function listed(): Promise<Ended[]> {
    const jobs: Ended[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const from = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await (await ask(`${url}/v1/jobs?limit=100${from}`)).json();
      const { data, next_cursor: next } = pageSchema.parse(page);
      jobs.push(...data);
      cursor = next;
    }
    return jobs;
  }

  /** A job that ended twice would have been taken off twice. */
  async function assertNothingLeft(): Promise<void> {
    const redis = system.redis.client();
    assert.deepEqual(await redis.mget(keys.tenant("default:jobs"), keys.tenant("default:bytes")), [
      "0",
      "0",
    ]);
    for (const jobClass of ["interactive", "bulk"] as const) {
      const lane = { model: "wine@1", class: jobClass };
      assert.equal(await redis.exists(keys.load(lane), keys.outstanding(lane)), 0);
      assert.deepEqual(await redis.hmget(keys.flow(lane), "running", "bytes"), ["0", "0"]);
    }
  }

  /** The HPA took pods amid work, KEDA the last one; none had to be killed. */
  function assertScaledIn(): void {
    const byHpa = lower().filter(({ by }) => by === "HPA");
    assert.ok(byHpa.length > 0 && byHpa.every(({ to }) => to >= 1));
    assert.ok(
      byHpa.some(({ lengths }) => lengths.some((length) => length > 0)),
      toldOf(byHpa),
    );
    assert.deepEqual(lower().at(-1)?.by, "KEDA");
    for (const { wasReady, exit } of scaler.ended) assert.equal(exit, wasReady ? 0 : exit);
  }

  function coldStartOf(jobs: readonly Ended[], sentMs: number): string {
    const [first] = jobs.toSorted((a, b) => a.completed_at.localeCompare(b.completed_at));
    return coldStartLine({
      sentMs,
      wokenMs: scaler.history[0]?.atMs ?? Number.NaN,
      pods: system.roles.filter(({ name }) => name === "worker"),
      startedMs: Date.parse(first?.started_at ?? ""),
      endedMs: Date.parse(first?.completed_at ?? ""),
    });
  }
});

function toldOf(history: readonly Scaled[]): string {
  const steps = history.map(
    ({ by, from, to, lengths }) => `${by} ${from} to ${to} at ${lengths.join("+")}`,
  );
  return steps.join("; ");
}
