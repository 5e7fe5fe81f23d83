import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { postJson } from "../support/client.ts";
import { clockShift } from "../support/clock-shift.ts";
import { scrape, sumOf } from "../support/metrics.ts";
import { slowText } from "../support/models.ts";
import { Receiver } from "../support/receiver.ts";
import { freePort } from "../support/redis.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";
import { api, RECEIVERS_HERE, tenantSecret, urlOf, verifiedEvent } from "../support/webhooks.ts";

const MINUTE_MS = 60_000;

describe("with clocks that differ", () => {
  const models = slowText({ run_timeout_ms: 100_000 });
  let receiver: Receiver;
  let system: System;
  let url = "";
  let courier: Role;
  let worker: Role;
  before(async () => {
    receiver = await Receiver.http((response) => response.writeHead(200).end());
    system = await System.bare({ MODELS_DIR: models, ...RECEIVERS_HERE });
    [{ url }, courier, worker] = await Promise.all([
      system.gateway(),
      system.courier(),
      system.worker({ env: clockShift(-70_000) }),
    ]);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });
  const exchangeCourier = async (shiftMs: number): Promise<void> => {
    await courier.end("SIGKILL");
    courier = await system.courier({ env: clockShift(shiftMs) });
  };

  it("a worker 70 s behind does its work", async () => allIsWell());

  it("a worker 70 s ahead does its work", async () => {
    await worker.end("SIGTERM");
    worker = await system.worker({ env: clockShift(70_000) });
    await allIsWell();
  });

  it("a courier 5 minutes ahead ends nothing before its time", async () => {
    await exchangeCourier(5 * MINUTE_MS);
    await allIsWell();
  });

  it("a courier an hour ahead ends nothing before its time", async () => {
    await exchangeCourier(60 * MINUTE_MS);
    await allIsWell();
  });

  for (const shiftMs of [-5 * MINUTE_MS, 5 * MINUTE_MS]) {
    it(`a gateway that is off by ${shiftMs / MINUTE_MS} minutes accepts as the others`, async () => {
      ({ url } = await system.gateway({ env: clockShift(shiftMs) }));
      await allIsWell();
    });
  }

  /** Jobs and batches succeed, deadlines are kept, webhooks arrive and verify. */
  async function allIsWell(): Promise<void> {
    const jobs = `${url}/v1/models/slow-text/jobs`;
    const told = receiver.received.length;
    const webhook = { url: urlOf(receiver) };
    // Shorter than a clock is off.
    const timeouts = { start_ms: 60_000, attempt_ms: 60_000 };
    const good = await postJson(jobs, { input: { text: "slow" }, webhook, timeouts });
    assert.deepEqual([good.body.status, good.body.code], ["succeeded", undefined]);
    const createdMs = Date.parse(z.string().parse(good.body["created_at"]));
    assert.ok(Math.abs(createdMs - Date.now()) < MINUTE_MS, "its times are Redis'");
    const late = await postJson(jobs, { input: { text: "slow" }, timeouts: { attempt_ms: 1 } });
    assert.equal(late.body.code, "attempt_timeout");
    const items = [{ input: { text: "a" } }, { input: { text: "b" } }];
    const batch = await postJson(`${url}/v1/batches`, { model: "slow-text", items });
    assert.equal(batch.body.status, "completed");
    await until("they came", () => receiver.received.length > told);
    const secret = await tenantSecret(url);
    for (const one of receiver.received.slice(told)) verifiedEvent(one, secret);
    await until("the worker is seen", async () => {
      const model = await api(`${url}/v1/models/slow-text`, 200);
      return modelSchema.parse(model).workers.ready === 1;
    });
  }
});

describe("a role whose clock is off", () => {
  it("says so, and beyond ten minutes is not ready", async () => {
    await using system = await System.bare();
    const ports = [await freePort(), await freePort()];
    const health = (i: number) => ({ HEALTH_PORT: String(ports[i]) });
    const right = await system.gateway();
    assert.deepEqual(await readiness(right.url), [200, true, 0]);
    assert.doesNotMatch(right.role.log, /clock/);
    const [{ url, role }, near, far] = await Promise.all([
      system.gateway({ env: clockShift(-11 * MINUTE_MS) }),
      system.courier({ env: { ...clockShift(9 * MINUTE_MS), ...health(0) } }),
      system.courier({ env: { ...clockShift(11 * MINUTE_MS), ...health(1) } }),
    ]);
    const [nearUrl, farUrl] = ports.map((port) => `http://127.0.0.1:${port}`);
    assert.deepEqual(await readiness(url), [503, false, -11]);
    assert.deepEqual(await readiness(nearUrl), [200, true, 9]);
    assert.deepEqual(await readiness(farUrl), [503, false, 11]);
    for (const { log } of [role, near, far]) {
      assert.match(log, /"level":40.*"skewMs":-?\d+,"msg":"this machine's clock is not Redis'"/);
    }
    const samples = await scrape(nearUrl ?? "");
    assert.equal(Math.round(sumOf(samples, "scoreline_clock_skew_seconds") / 60), 9);
  });
});

const modelSchema = z.looseObject({ workers: z.looseObject({ ready: z.number() }) });
const readinessSchema = z.looseObject({
  checks: z.looseObject({ clock: z.boolean() }),
  clock_skew_ms: z.number(),
});

/** Its status, what it says of the clock, and minutes. */
async function readiness(url = ""): Promise<readonly [number, boolean, number]> {
  const response = await fetch(`${url}/readyz`);
  const { checks, clock_skew_ms: skewMs } = readinessSchema.parse(await response.json());
  return [response.status, checks.clock, Math.round(skewMs / MINUTE_MS) + 0];
}
