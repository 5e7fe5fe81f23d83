import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { packFields } from "../../shared/pack/record.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import { acceptPacks, newPack } from "../support/accepted.ts";
import { keys } from "../support/redis-keys.ts";
import { ask, postJson, request, type Reply } from "../support/client.ts";
import { testLimits } from "../support/jobs.ts";
import { PackJobs } from "../support/pack-jobs.ts";
import { slowText } from "../support/models.ts";
import { hasJob, runsOf } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const SUBMIT = "/v1/models/slow-text/jobs";

describe("deadlines and cancels", () => {
  // A run that is slow because the machine is busy must not end as one that hangs.
  const models = slowText({ run_timeout_ms: 100_000 });
  let system: System;
  let redis: Redis;
  let [one, other] = ["", ""];
  before(async () => {
    system = await System.bare({ MODELS_DIR: models, LOG_LEVEL: "debug" });
    redis = system.redis.client();
    const [a, b] = await Promise.all([system.gateway(), system.gateway(), system.courier()]);
    [one, other] = [a.url, b.url];
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const submit = async (more: object, text = "a", prefer = "wait=60"): Promise<Reply> =>
    postJson(`${one}${SUBMIT}`, { input: { text }, ...more }, prefer);
  const cancel = async (id = "", url = other): Promise<Reply> =>
    request(`${url}/v1/jobs/${id}/cancel`, { method: "POST" });
  const get = async (id = "", prefer = ""): Promise<Reply> =>
    request(`${other}/v1/jobs/${id}`, { headers: { prefer } });
  const assertNothingLeft = async (): Promise<void> => {
    assert.equal(await redis.zcard(keys.outstanding(LANE)), 0);
    assert.equal(await redis.llen(keys.load(LANE)), 0);
    assert.equal(await redis.zcard(keys.due), 0);
    assert.equal(await redis.get(keys.tenant("default:jobs")), "0");
  };

  describe("while no worker lives", () => {
    const ends = [
      ["timeouts.start_ms", { timeouts: { start_ms: 300 } }, "start_timeout"],
      ["timeouts.total_ms", { timeouts: { total_ms: 300 } }, "deadline_exceeded"],
    ] as const;
    for (const [name, terms, code] of ends) {
      it(`${name} expires a queued job as ${code}`, async () => {
        const { status, body } = await submit(terms);
        assert.deepEqual([status, body.code], [504, code]);
        const job = await get(body.job_id);
        assert.deepEqual([job.body.status, job.body.error?.code], ["expired", code]);
        assert.equal(job.body["started_at"], null);
        await assertNothingLeft();
      });
    }

    it("Cancel-After is the total deadline, unless the body names one", async () => {
      const send = async (after1: string, more: object): Promise<Reply> =>
        request(`${one}${SUBMIT}`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "cancel-after": after1,
            prefer: "wait=60",
          },
          body: JSON.stringify({ input: { text: "a" }, ...more }),
        });
      for (const [after1, more] of [
        ["300ms", {}],
        ["2h", { timeouts: { total_ms: 300 } }],
      ] as const) {
        const { status, body } = await send(after1, more);
        assert.deepEqual([status, body.code], [504, "deadline_exceeded"]);
      }
      const refused = await send("soon", {});
      assert.deepEqual([refused.status, refused.body.code], [422, "invalid_input"]);
    });

    it("a client that hangs up takes its job along, if it said so, and only then", async () => {
      const hangUp = async (terms: object): Promise<string> => {
        const abort = new AbortController();
        const sent = ask(`${one}${SUBMIT}`, {
          method: "POST",
          headers: { "content-type": "application/json", prefer: "wait=60" },
          body: JSON.stringify({ input: { text: "a" }, ...terms }),
          signal: abort.signal,
        }).catch(() => undefined);
        const before1 = await redis.zcard(keys.outstanding(LANE));
        await until("accepted", async () => (await redis.zcard(keys.outstanding(LANE))) > before1);
        const [pack = ""] = await redis.zrange(keys.outstanding(LANE), "-1", "-1");
        const tag = await redis.hget(keys.pack(pack), packFields.letters.tags);
        abort.abort();
        await sent;
        return `job_${pack}0${tag}`;
      };
      const stays = await hangUp({});
      const goes = await hangUp({ on_disconnect: "cancel" });
      await until("it is canceled", async () => (await get(goes)).body.status === "canceled");
      assert.equal((await get(stays)).body.status, "queued");
      assert.equal((await cancel(stays)).status, 200);
      await assertNothingLeft();
      const refused = await submit({ on_disconnect: "cancel" }, "a", "");
      assert.deepEqual([refused.status, refused.body.code], [422, "invalid_input"]);
    });

    it("cancel of a queued job ends it once, from any gateway", async () => {
      const { body } = await submit({}, "a", "");
      for (const url of [other, one]) {
        const canceled = await cancel(body.id, url);
        assert.deepEqual([canceled.status, canceled.body.status], [200, "canceled"]);
      }
      await assertNothingLeft();
    });

    it("cancel of an expired job is refused, each time", async () => {
      const { body } = await submit({ timeouts: { start_ms: 1 } });
      for (const url of [one, other]) {
        const refused = await cancel(body.job_id, url);
        assert.deepEqual([refused.status, refused.body.code], [409, "job_not_cancelable"]);
      }
    });
  });

  describe("with a worker", () => {
    let worker: Role;
    before(async () => {
      worker = await system.worker({ env: { WORKER_SLOTS: "1" } });
    });
    const runsWith = (id: string): number => runsOf(worker).filter((run) => hasJob(run, id)).length;
    const isDiscarded = (id: string): boolean =>
      worker.log
        .split("\n")
        .some((line) => line.includes("discarded") && line.includes(id.slice(0, -4)));

    /** Packs that are taken together, and so one tensor batch. */
    async function together(texts: readonly string[], attemptMs: number): Promise<string[]> {
      const [first = "", ...others] = texts;
      const late = newPack(LANE, [{ text: first, limits: { ...testLimits, attemptMs } }]);
      const neighbours = newPack(
        LANE,
        others.map((text) => ({ text })),
      );
      await acceptPacks(redis, LANE, [late, neighbours]);
      await new Shifts(redis).add(LANE);
      return [late, neighbours].flatMap(({ jobs }) => jobs.map(({ id }) => id));
    }

    it("timeouts.attempt_ms fails a running job, and its neighbours get their answers", async () => {
      const [late = "", ...neighbours] = await together(["slow", "a", "b"], 200);
      await until("all have ended", async () => (await redis.zcard(keys.outstanding(LANE))) === 0);
      const jobs = new PackJobs(redis, LANE);
      const { status: ended, error } = await jobs.read(late);
      assert.equal(ended, "failed");
      assert.match(error ?? "", /"code":"attempt_timeout"/);
      for (const id of neighbours) {
        const { status, attempt, metrics } = await jobs.read(id);
        assert.deepEqual([status, attempt], ["succeeded", 1]);
        assert.match(metrics ?? "", /"batch_size":3/, "they ran beside it");
      }
      assert.equal(runsWith(late), 1, "nothing was run again");
      assert.equal(await redis.hget(keys.flow(LANE), "running"), "0");
      await assertNothingLeft();
    });

    it("timeouts.attempt_ms does not run while a job waits", async () => {
      const busy = await submit({}, "slow", "");
      await until("the only slot is busy", () => runsWith(busy.body.id ?? "") === 1);
      const { status, body } = await submit({ timeouts: { attempt_ms: 2000 } });
      assert.equal(status, 200);
      assert.equal(runsWith(body.id ?? ""), 1);
      assert.equal((await get(busy.body.id, "wait=60")).body.status, "succeeded");
    });

    it("cancel of a running job ends it at once and twice; what it puts out is discarded", async () => {
      const { body } = await submit({}, "slow", "");
      const id = body.id ?? "";
      await until("it runs", () => runsWith(id) === 1);
      for (const url of [other, one]) {
        const { status, body: job } = await cancel(id, url);
        assert.deepEqual([status, job.status], [200, "canceled"]);
      }
      await assertNothingLeft();
      await until("its output is discarded", () => isDiscarded(id));
      const later = await get(id);
      assert.deepEqual([later.body.status, later.body.output], ["canceled", null]);
    });

    it("cancel of a job that has ended well or badly is refused, each time", async () => {
      const good = await submit({});
      const bad = await submit({ timeouts: { total_ms: 1 } });
      for (const id of [good.body.id, good.body.id, bad.body.job_id, bad.body.job_id]) {
        const { status, body } = await cancel(id);
        assert.deepEqual([status, body.code], [409, "job_not_cancelable"]);
      }
    });

    it("a canceled job is not run again when its runner dies", async () => {
      const { body } = await submit({}, "hang", "");
      const id = body.id ?? "";
      await until("it runs", () => runsWith(id) === 1);
      await cancel(id);
      const run = runsOf(worker).find((begun) => hasJob(begun, id));
      assert.ok(run !== undefined);
      process.kill(run.runner, "SIGKILL");
      assert.equal((await submit({})).status, 200, "the slot is free again");
      assert.equal(runsWith(id), 1);
    });

    // The last one: nothing comes after a run that hangs.
    it("timeouts.total_ms expires a running job as deadline_exceeded", async () => {
      const { status, body } = await submit({ timeouts: { total_ms: 3000 } }, "hang");
      assert.deepEqual([status, body.code], [504, "deadline_exceeded"]);
      assert.equal(runsWith(body.job_id ?? ""), 1);
      const job = await get(body.job_id);
      assert.equal(job.body.status, "expired");
      assert.notEqual(job.body["started_at"], null);
      await assertNothingLeft();
    });
  });
});
