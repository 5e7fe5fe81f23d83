import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { refusal, send } from "../support/azureml.ts";
import { request } from "../support/client.ts";
import { pacedModel } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

/** At first no worker lives here. */
describe("a service of the Azure ML dialect that is slow", () => {
  let models = "";
  let system: System;
  before(async () => {
    models = pacedModel({ run_timeout_ms: 3000 });
    system = await System.bare({ MODELS_DIR: models });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true, force: true });
  });

  it("answers 503 when no worker starts the job in time", async () => {
    await system.courier();
    const { url } = await system.gateway({ env: { START_TIMEOUT_MS: "200" } });
    const response = await send(`${url}/api/v1/service/paced/score`, { input: { ms: 0 } });
    assert.ok(Number(response.headers.get("retry-after")) >= 1);
    const error = await refusal(response);
    assert.deepEqual([error.status, error.code], [503, "start_timeout"]);
    assert.equal(error.job, error.job_id);
  });

  it("answers 504 when the wait is over, 503 while its queue is full, and the job goes on", async () => {
    const { url } = await system.gateway({ env: { WAIT_MAX_SECONDS: "1", OUTSTANDING_MAX: "1" } });
    const path = `${url}/api/v1/service/paced/score`;
    const waited = await refusal(await send(path, { input: { ms: 0 } }));
    assert.deepEqual([waited.status, waited.code], [504, "wait_exceeded"]);
    assert.equal(waited.job, waited.job_id);
    const full = await send(path, { input: { ms: 0 } });
    assert.ok(Number(full.headers.get("retry-after")) >= 1);
    const { status, code, job } = await refusal(full);
    assert.deepEqual([status, code, job], [503, "queue_full", undefined]);
    await system.worker();
    await until("the job has ended", async () => {
      const { body } = await request(`${url}/v1/jobs/${waited.job}?wait=1`);
      return body.status === "succeeded";
    });
  });

  it("answers 504 when the scoring time is over", async () => {
    const { url } = await system.gateway();
    const error = await refusal(
      await send(`${url}/api/v1/service/paced/score`, { input: { ms: -1 } }),
    );
    assert.deepEqual([error.status, error.code], [504, "attempt_timeout"]);
    assert.equal(error.job, error.job_id);
  });
});
