import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answerSchema } from "../../../support/client.ts";
import { jobOutcome } from "../../../../worker/score/job-outcome.ts";

const metrics = {
  queue_ms: 0,
  batch_wait_ms: 0,
  batch_size: 2,
  decode_ms: 0,
  inference_ms: 0,
  total_ms: 0,
  provider: "cpu",
  cold_start: false,
};
const rows = [Buffer.from('{"a":1}'), Buffer.from('{"b":2}')];
const bad = { code: "invalid_input", message: "no good", faults: [] } as const;

describe("outcome of a job", () => {
  it("is its one output, or the list of them", () => {
    const one = jobOutcome({ form: "one" }, [null], rows.slice(0, 1), metrics);
    assert.deepEqual([one.status, one.body.toString()], ["succeeded", '{"a":1}']);
    const many = jobOutcome({ form: "many" }, [null, null], rows, metrics);
    assert.deepEqual(JSON.parse(many.body.toString()), [{ a: 1 }, { b: 2 }]);
  });

  it("is failure as a whole when a row fails, naming the row", () => {
    const { status, body } = jobOutcome({ form: "many" }, [null, bad], rows, metrics);
    assert.equal(status, "failed");
    const problem = answerSchema.parse(JSON.parse(body.toString()));
    assert.equal(problem.code, "invalid_input");
    assert.deepEqual(problem.errors, [{ detail: "no good", pointer: "/inputs/1" }]);
  });
});
