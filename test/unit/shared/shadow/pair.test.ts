import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobMetrics } from "../../../../shared/job/outcome.ts";
import { saysOfItsVersion } from "../../../../shared/endpoint/verdict/pair.ts";
import { pairOf, type Ended } from "../../../../shared/shadow/pair.ts";
import { packParent, shadowEndOf } from "../../../../shared/shadow/parent.ts";

const metrics: JobMetrics = {
  queue_ms: 500,
  batch_wait_ms: 40,
  batch_size: 1,
  decode_ms: 1,
  inference_ms: 9,
  total_ms: 550,
  provider: "cpu",
  cold_start: false,
};

const ended = (
  output: unknown,
  more: Partial<JobMetrics> = {},
  form: "one" | "many" = "one",
): Ended => ({
  job: {
    status: output === undefined ? "failed" : "succeeded",
    metrics: JSON.stringify({ ...metrics, ...more }),
    form,
    rows: form === "one" ? 1 : 2,
  },
  output: output === undefined ? undefined : JSON.stringify(output),
});

describe("a pair of a live job and its shadow", () => {
  it("says how long either ran, without the time that it waited", () => {
    const pair = pairOf(
      ended({ y: 1 }),
      ended({ y: 1 }, { inference_ms: 19, queue_ms: 9 }),
      "tensor",
    );
    assert.deepEqual(pair.ranMs, { live: 10, candidate: 20 });
  });

  it("leaves latency out where a session was loaded, or others ran in the same tensor batch", () => {
    const live = ended({ y: 1 });
    for (const more of [{ cold_start: true }, { batch_size: 2 }]) {
      assert.equal(pairOf(live, ended({ y: 1 }, more), "tensor").ranMs, undefined);
      assert.equal(pairOf(ended({ y: 1 }, more), live, "tensor").ranMs, undefined);
    }
  });

  it("compares outputs where there are two", () => {
    const same = pairOf(ended({ y: 1 }), ended({ y: 1 }), "tensor");
    assert.deepEqual(same.comparison, { difference: undefined, largest: 0 });
    const failed = pairOf(ended({ y: 1 }), ended(undefined), "tensor");
    assert.deepEqual(
      [failed.comparison, failed.failed],
      [undefined, { live: false, candidate: true }],
    );
  });

  it("of several inputs differs where one of them does, and says which", () => {
    const live = ended([{ y: 1 }, { y: 2 }], {}, "many");
    const { comparison } = pairOf(live, ended([{ y: 1 }, { y: 5 }], {}, "many"), "script");
    assert.match(comparison?.difference ?? "", /^\/1\/y/);
    assert.equal(comparison?.largest, 3);
  });

  it("compares values where it does not know the pipeline: a later release made the job", () => {
    const { comparison } = pairOf(ended({ y: 1 }), ended({ y: 2 }), "of-tomorrow");
    assert.equal(comparison?.largest, 1);
  });

  it("is of jobs that succeeded or failed", () => {
    const statuses = ["succeeded", "failed", "canceled", "expired", "queued", "running"] as const;
    const says = statuses.filter((status) => saysOfItsVersion({ status }));
    assert.deepEqual(says, ["succeeded", "failed"]);
  });

  it("is found by what the record of the shadow says", () => {
    const parent = {
      id: "job_1",
      tenant: "web",
      endpoint: "faq",
      variant: "blue",
      shadow: "next",
      pipeline: "text-match",
    };
    const member = `job_2 ${packParent(parent)}`;
    assert.deepEqual(shadowEndOf(member), { member, id: "job_2", parent });
  });
});
