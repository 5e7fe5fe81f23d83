import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adviceOf, QUEUED_JOB_BYTES, type Situation } from "../../../../cli/score/advice.ts";
import { Tally, type Figures } from "../../../../cli/score/tally.ts";

const SITUATION: Situation = {
  maxBatchSize: 8,
  workers: 2,
  isSaturated: true,
  inputBytes: 150,
  target: undefined,
  depth: 1_000_000,
};

/** Of jobs that each waited and ran so long, at 100 a second. */
function figuresOf(waitMs: number, runMs: number, batchSize: number): Figures {
  const tally = new Tally();
  const metrics = {
    queue_ms: waitMs,
    batch_wait_ms: 0,
    decode_ms: 0,
    inference_ms: runMs,
    total_ms: waitMs + runMs,
    batch_size: batchSize,
  };
  for (let i = 0; i < 100; i += 1) tally.add({ metrics, rows: 1 }, waitMs + runMs);
  const slotsBusy = (100 * runMs) / batchSize / 1000;
  return { ...tally.figures(), seconds: 1, perSecond: 100, rowsPerSecond: 100, slotsBusy };
}

describe("the advice of scoreline bench", () => {
  it("names replicas by what each did, and slots by the time that a job takes of one", () => {
    const figures = figuresOf(10, 160, 8);
    const advice = adviceOf(figures, { ...SITUATION, target: 1000 });
    assert.deepEqual([advice.slots, advice.replicas], [20, 20]);
    assert.match(advice.text, /1000 jobs a second keep 20 slots busy, and take 20 replicas like/);
  });

  it("names no replicas at a given rate, which does not show what a worker can do", () => {
    const advice = adviceOf(figuresOf(10, 160, 8), {
      ...SITUATION,
      isSaturated: false,
      target: 1000,
    });
    assert.deepEqual([advice.slots, advice.replicas], [20, undefined]);
  });

  it("advises a look at larger batches where they are full, and else not", () => {
    assert.match(adviceOf(figuresOf(0, 100, 8), SITUATION).text, /8\.0 of 8 rows: see with/);
    const text = /2\.0 of 8 rows, so a larger max_batch_size gains nothing/;
    assert.match(adviceOf(figuresOf(0, 100, 2), SITUATION).text, text);
  });

  it("advises more slots where jobs wait for busy ones, and else not", () => {
    const more = /jobs waited longer than they ran: more slots or replicas/;
    assert.match(adviceOf(figuresOf(500, 200, 8), SITUATION).text, more);
    assert.match(
      adviceOf(figuresOf(100, 200, 8), SITUATION).text,
      /2\.5 slots busy.*little waiting/,
    );
    assert.match(adviceOf(figuresOf(500, 1, 8), SITUATION).text, /so more slots gain nothing/);
  });

  it("tells the memory of Redis for a depth by the arithmetic of docs/scaling.md", () => {
    const { redisBytes, text } = adviceOf(figuresOf(0, 100, 8), SITUATION);
    assert.equal(redisBytes, 1_000_000 * (150 + QUEUED_JOB_BYTES));
    assert.match(text, /1,000,000 queued jobs take up to 1\.0 GB of Redis\.$/);
  });
});
