import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobView } from "../../../../shared/job/view.ts";
import { withAttempt, readLog, type DeliveryHead } from "../../../../shared/webhook/delivery.ts";
import { jobEventBody } from "../../../../worker/courier/job-event.ts";
import type { Include } from "../../../../shared/webhook/subscription.ts";

const job: JobView = {
  id: "job_1",
  status: "succeeded",
  model: "m@1",
  via: undefined,
  class: "interactive",
  attempt: 1,
  form: "one",
  rows: 1,
  tenant: "default",
  metadata: undefined,
  output: '{"a":1}',
  largeOutput: undefined,
  error: undefined,
  metrics: undefined,
  history: undefined,
  limits: undefined,
  createdAtMs: 1000,
  queuedAtMs: 1000,
  startedAtMs: 2000,
  ahead: undefined,
  endedAtMs: 3000,
  webhook: undefined,
  expiresAtMs: 9000,
};

function headOf(include: Include, more: Partial<DeliveryHead> = {}): DeliveryHead {
  return {
    id: "evt_1_1S",
    resource: job.id,
    tenant: job.tenant,
    type: "job.succeeded",
    attempt: 1,
    target: "url_1",
    url: "https://a.example/",
    include,
    createdAtMs: 3000,
    extra: "",
    ...more,
  };
}

describe("the body of an event", () => {
  const hasOutput = (include: Include, characters: number): boolean => {
    const big = { ...job, output: JSON.stringify("x".repeat(characters)) };
    return (jobEventBody(headOf(include), big) ?? "").includes('"output"');
  };

  it("holds the output as far as was asked for, and as it is not too large", () => {
    assert.deepEqual(
      [0, 21_000, 263_000].map((size) => hasOutput("auto", size)),
      [true, false, false],
    );
    assert.deepEqual(
      [0, 21_000, 263_000].map((size) => hasOutput("full", size)),
      [true, true, false],
    );
    assert.equal(hasOutput("thin", 0), false);
  });

  it("of a start is the same when the job has ended since", () => {
    const head = headOf("auto", { type: "job.started", createdAtMs: 2000 });
    const running = { ...job, status: "running", output: undefined, endedAtMs: undefined } as const;
    const body = jobEventBody(head, running);
    assert.equal(jobEventBody(head, job), body);
    assert.match(body ?? "", /"status":"running".*"started_at":"1970-01-01T00:00:02\.000Z"/);
  });

  it("is none when the record does not know the attempt", () => {
    assert.equal(jobEventBody(headOf("auto", { attempt: 2 }), job), undefined);
  });
});

describe("the log of a delivery", () => {
  it("keeps the last 50 attempts", () => {
    let log = "";
    for (let at = 1; at <= 60; at += 1) {
      const attempt = { at_ms: at, status: 500, error: null, latency_ms: 3, headers: {} };
      log = withAttempt(log, attempt);
    }
    const times = readLog(log).map(({ at_ms: at }) => at);
    assert.deepEqual([times.length, times[0], times.at(-1)], [50, 11, 60]);
  });
});
