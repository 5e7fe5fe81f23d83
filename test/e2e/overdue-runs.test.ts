import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { noteExclusiveRunsOf } from "../../shared/batch/chunks.ts";
import { keys } from "../support/redis-keys.ts";
import { postJson, type Reply } from "../support/client.ts";
import { Link } from "../support/link.ts";
import { pacedModel } from "../support/models.ts";
import { queueBatch, rowItem } from "../support/queued-batch.ts";
import { runsOf } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "paced@1", class: "interactive" } as const;
const HANGS = -1;

/** @returns the folder; removed after the test */
function models(t: TestContext, runTimeoutMs: number): string {
  const folder = pacedModel({ run_timeout_ms: runTimeoutMs });
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function submit(url: string, ms: number): Promise<Reply> {
  return postJson(`${url}/v1/models/paced/jobs`, { input: { ms } }, "wait=60");
}

/** Runners that this worker has replaced so far. */
function replacedBy({ log }: Role): number {
  return log.split('"runner replaced"').length - 1;
}

describe("a run that is killed for its time", () => {
  it("costs no other job anything, also where answers and kills meet", async (t) => {
    const timeoutMs = 2000;
    await using system = await System.bare({ MODELS_DIR: models(t, timeoutMs) });
    const [{ url }] = await Promise.all([
      system.gateway(),
      system.worker({ env: { WORKER_SLOTS: "2" } }),
      system.courier(),
    ]);
    const hanging = submit(url, HANGS);
    // These end as they like: some are answered at the very time that they are killed.
    const close = [-1, 0].map(async (ms) => submit(url, timeoutMs + ms));
    const asker = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const { status, body } = await submit(url, i % 3);
        assert.deepEqual([status, body.code], [200, undefined]);
      }
    };
    await Promise.all(Array.from({ length: 12 }, asker));
    const { status, body } = await hanging;
    assert.deepEqual([status, body.code], [504, "attempt_timeout"]);
    for (const end of await Promise.all(close)) assert.ok([200, 504].includes(end.status));
  });
});

describe("inputs that hang together with others", () => {
  it("cost those nothing but time", async (t) => {
    // The least that an attempt is given: three times what a run may take.
    const env = { MODELS_DIR: models(t, 3000), ATTEMPT_TIMEOUT_MS: "1" };
    await using system = await System.bare(env);
    const [{ url }] = await Promise.all([
      system.gateway(),
      system.worker({ env: { WORKER_SLOTS: "1" } }),
      system.courier(),
    ]);
    const hanging = [submit(url, HANGS), submit(url, HANGS)];
    const others = [0, 0, 1].map(async (ms) => submit(url, ms));
    for (const { status, body } of await Promise.all(others)) {
      assert.deepEqual([status, body.code], [200, undefined]);
    }
    for (const { status, body } of await Promise.all(hanging)) {
      assert.deepEqual([status, body.code], [504, "attempt_timeout"]);
    }
  });
});

describe("a worker that stands still while its runner answers", () => {
  it("takes the answer when it goes on, and keeps the runner", async (t) => {
    const timeoutMs = 3000;
    const env = { MODELS_DIR: models(t, timeoutMs), LOG_LEVEL: "debug", LEASE_MS: "60000" };
    await using system = await System.bare(env);
    const [{ url }, worker] = await Promise.all([
      system.gateway(),
      system.worker({ env: { WORKER_SLOTS: "1" } }),
      system.courier(),
    ]);
    const reply = submit(url, 2100);
    await until("it runs", () => runsOf(worker).length === 1);
    const next = Array.from({ length: 12 }, async () => submit(url, 0));
    worker.child.kill("SIGSTOP");
    await sleep(2 * timeoutMs);
    worker.child.kill("SIGCONT");
    for (const { status, body } of await Promise.all([reply, ...next])) {
      assert.deepEqual([status, body.code], [200, undefined]);
    }
    assert.equal(new Set(runsOf(worker).map(({ runner }) => runner)).size, 1);
    assert.equal(replacedBy(worker), 0);
  });
});

describe("a runner that dies before it is sent what was meant for it", () => {
  it("leaves an item as it was, also in quarantine", async (t) => {
    await using system = await System.bare({ MODELS_DIR: models(t, 5000), LOG_LEVEL: "debug" });
    await using link = await Link.to(system.redis.port);
    const redis = system.redis.client();
    const lane = { ...LANE, class: "bulk" } as const;
    const batch = await queueBatch(redis, lane, [[rowItem(JSON.stringify({ ms: 0 }))]]);
    const chunk = keys.pack(`${batch}/0`);
    // As after two workers that died with it: each run of an item is written down before.
    await redis.hset(chunk, "dt", 2);
    const noted = async (): Promise<string | null> => redis.hget(chunk, "q0");
    // The script of notes is known to Redis, so that nothing of it is sent twice.
    await noteExclusiveRunsOf(redis, { name: "none", run: "none" }, 0, 0);
    const mark = `${chunk}\r\n`;

    const worker = system.startingWorker({
      env: { REDIS_URL: system.redis.urlOf("worker", link.port), WORKER_SLOTS: "1" },
    });
    for (const deaths of [1, 2, 3]) {
      await link.hold(mark);
      assert.equal(await noted(), "1", "about to run, alone");
      const [runner] = /"runner":(\d+)[^\n]*"runner started"(?!.*"runner started")/su
        .exec(worker.log)
        ?.slice(1) ?? ["-1"];
      process.kill(Number(runner), "SIGKILL");
      await until("the worker knows", () => replacedBy(worker) === deaths);
      const forgotten = link.hold(mark);
      link.letGo();
      await forgotten;
      assert.equal(await noted(), null, "it has not run");
      link.letGo();
    }
    await until("it has ended", async () => (await redis.zcard(keys.outstanding(lane))) === 0);
    assert.deepEqual(await redis.hmget(chunk, "s", "a", "ok"), ["e", "1", "1"]);
  });
});
