import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { isTerminal, jobStatuses } from "../../shared/job/view.ts";
import { packFields } from "../../shared/pack/record.ts";
import { keys } from "../support/redis-keys.ts";
import { answerSchema, ask, postJson, type Answer } from "../support/client.ts";
import { slowText } from "../support/models.ts";
import { hasJob, runsOf } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const ROUNDS = 6;
const CLIENTS_A_ROUND = 10;

/** What a client may be answered, whenever it asks. */
const LEGAL = {
  cancel: [200, 409, 410],
  retry: [202, 409, 410],
  delete: [204, 409, 410],
  look: [200, 410],
  wait: [200, 410],
  repeat: [200, 202, 409, 410, 502, 504],
} as const;

type Move = keyof typeof LEGAL;

const plan = fc.record({
  retries: fc.constantFrom(0, 2, 5),
  startMs: fc.constantFrom(500, 600_000),
  moves: fc.array(
    fc.constantFrom<Move>("cancel", "retry", "retry", "delete", "look", "wait", "wait", "repeat"),
    { minLength: 2, maxLength: 7 },
  ),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

describe("clients that do as they like while workers and runners are killed", () => {
  const models = slowText({ run_timeout_ms: 100_000 });
  let system: System;
  let gateways: string[] = [];
  let workers: Role[] = [];
  before(async () => {
    const env = { MODELS_DIR: models, LOG_LEVEL: "debug", WORKER_SLOTS: "1" };
    system = await System.bare(env);
    const [a, b] = await Promise.all([system.gateway(), system.gateway(), system.courier()]);
    gateways = [a.url, b.url];
    workers = await Promise.all([system.worker(), system.worker()]);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const gateway = (i: number): string => gateways[i % gateways.length] ?? "";
  const submit = async (i: number, more: object, text = "a"): Promise<Answer> => {
    const url = `${gateway(i)}/v1/models/slow-text/jobs`;
    return (await postJson(url, { input: { text }, ...more }, "")).body;
  };

  it(`leave ${ROUNDS * CLIENTS_A_ROUND} sequences with one outcome an attempt, and counts exact`, async (t) => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    t.diagnostic(`SEED=${seed}`);
    const plans = fc.sample(plan, { seed, numRuns: ROUNDS * CLIENTS_A_ROUND });
    const clients: Promise<void>[] = [];
    const baits: (string | undefined)[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const own = plans.slice(round * CLIENTS_A_ROUND, (round + 1) * CLIENTS_A_ROUND);
      clients.push(...own.map(async (each, i) => follow(each, round * CLIENTS_A_ROUND + i)));
      const { id } = await submit(round, {}, "slow");
      baits.push(id);
      await disturb(id ?? "", round);
    }
    await Promise.all(clients);
    for (const [i, id] of baits.entries()) {
      const { body } = await call("GET", `${gateway(i)}/v1/jobs/${id}?wait=60`);
      assert.equal(body?.status, "succeeded", JSON.stringify(body));
    }
    await assertClean();
  });

  /** Kills the runner that has a job, or its worker, or both, and starts another. */
  async function disturb(id: string, round: number): Promise<void> {
    const holder = (): Role | undefined =>
      workers.find((worker) => runsOf(worker).some((run) => hasJob(run, id)));
    await until("it runs", () => holder() !== undefined);
    const worker = holder();
    assert.ok(worker !== undefined);
    const run = runsOf(worker).findLast((begun) => hasJob(begun, id));
    if (round % 3 !== 0 && run !== undefined) kill(run.runner);
    if (round % 3 === 1) return;
    await worker.end("SIGKILL");
    workers = [...workers.filter((other) => other !== worker), await system.worker()];
  }

  /** One client: makes a job, does what its plan says, and sees it to its end. */
  async function follow({ retries, startMs, moves }: Plan, i: number): Promise<void> {
    const ends = new Map<string, string>();
    const more = { retries, timeouts: { start_ms: startMs }, metadata: { client: i } };
    const { id = "" } = await submit(i, more);
    for (const [at, move] of [...moves, "wait" as const].entries()) {
      const { status, body } = await make(move, id, i + at, more);
      assert.ok(
        LEGAL[move].some((known) => known === status),
        `${move}: ${status} ${body?.code}`,
      );
      if (body !== undefined) note(body, ends);
    }
  }

  async function make(move: Move, id: string, i: number, more: object): ReturnType<typeof call> {
    const job = `${gateway(i)}/v1/jobs/${id}`;
    switch (move) {
      case "cancel":
      case "retry":
        return call("POST", `${job}/${move}`);
      case "delete":
        return call("DELETE", job);
      case "look":
        return call("GET", job);
      case "wait":
        return call("GET", `${job}?wait=60`);
      case "repeat": {
        const url = `${gateway(i)}/v1/models/slow-text/jobs?wait=60`;
        const headers = { "idempotency-key": id, "content-type": "application/json" };
        return call("POST", url, {
          headers,
          body: JSON.stringify({ input: { text: "b" }, ...more }),
        });
      }
    }
  }

  async function assertClean(): Promise<void> {
    const redis = system.redis.client();
    await until("all have ended", async () => (await redis.zcard(keys.outstanding(LANE))) === 0);
    const kept = [keys.load(LANE), keys.due];
    assert.equal(await redis.exists(...kept), 0, kept.join());
    assert.deepEqual(await redis.hmget(keys.flow(LANE), "running", "bytes"), ["0", "0"]);
    assert.deepEqual(await redis.mget(keys.tenant("default:jobs"), keys.tenant("default:bytes")), [
      "0",
      "0",
    ]);
    await until("no run has anything", async () => {
      return (await redis.keys(keys.taken("*"))).length === 0;
    });
    const names = await redis.keys(keys.pack("*"));
    for (const pack of names.filter((name) => /:pack:\w+$/.test(name))) {
      const states = await redis.hget(pack, packFields.letters.states);
      assert.doesNotMatch(states ?? "W", /W/, pack);
    }
  }
});

/** An attempt that has ended once stays as it ended, now and in the job's history. */
function note(body: Answer, ends: Map<string, string>): void {
  const job = answerSchema.safeParse(body["job"]).data ?? body;
  const earlier: unknown = job["attempts"];
  const history = Array.isArray(earlier) ? earlier.map((ended) => answerSchema.parse(ended)) : [];
  for (const { attempt = 0, status } of [...history, job]) {
    const known = jobStatuses.find((one) => one === status);
    if (known === undefined || !isTerminal(known)) continue;
    const ended = `${job.id}, attempt ${attempt}`;
    assert.equal(known, ends.get(ended) ?? known, ended);
    ends.set(ended, known);
  }
}

async function call(
  method: string,
  url: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly body: Answer | undefined }> {
  const response = await ask(url, { method, ...init });
  const text = await response.text();
  return {
    status: response.status,
    body: text === "" ? undefined : answerSchema.parse(JSON.parse(text)),
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
