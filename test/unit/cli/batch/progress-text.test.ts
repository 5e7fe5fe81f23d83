import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Batch } from "../../../../cli/batch/batch.ts";
import { scoreText, timeText, uploadText } from "../../../../cli/batch/progress-text.ts";

const counts = {
  total: 0,
  queued: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
  expired: 0,
};
const batch = (some: Partial<typeof counts>): Batch => ({
  id: "bat_x",
  status: "in_progress",
  outcome: null,
  model: "wine@1",
  attempt: 1,
  received: 0,
  counts: { ...counts, ...some },
  error: null,
  created_at: "",
  started_at: null,
  completed_at: null,
  expires_at: null,
});

describe("progress of a batch", () => {
  it("says of an upload how much is sent, how fast, and of what where that is known", () => {
    const sent = { items: 1500, bytes: 400_000, itemsBefore: 500, elapsedMs: 2000 };
    assert.equal(
      uploadText({ ...sent, total: { bytes: 1_600_000 } }),
      "[##        ] 25 %  uploaded 1,500 items, 0.4 MB, 500/s",
    );
    assert.equal(uploadText({ ...sent, total: {} }), "uploaded 1,500 items, 0.4 MB, 500/s");
    assert.equal(
      uploadText({ ...sent, itemsBefore: 1500, total: { items: 1500 } }),
      "[##########] 100 %  uploaded 1,500 items, 0.4 MB",
    );
  });

  it("says of scoring how far it is, how fast, how long it will take, and what failed", () => {
    const running = batch({ total: 1_000_000, queued: 899_936, running: 64, succeeded: 99_990 });
    assert.equal(
      scoreText(batch({ ...running.counts, failed: 10 }), { perSecond: 4500, stillMs: 4900 }),
      "[#         ] 10 %  scored 100,000 of 1,000,000, 10 failed, 4,500/s, 3 min 20 s left",
    );
    assert.equal(
      scoreText(batch({ total: 3, succeeded: 3 }), { perSecond: 0, stillMs: 9000 }),
      "[##########] 100 %  scored 3 of 3",
    );
    assert.equal(scoreText(batch({}), { perSecond: 0, stillMs: 0 }), "scored 0 of 0");
  });

  it("says that it waits, and no time that is left, when nothing has ended for long", () => {
    assert.equal(
      scoreText(batch({ total: 20, running: 2, succeeded: 18 }), { perSecond: 9, stillMs: 8000 }),
      "[######### ] 90 %  scored 18 of 20, waiting: nothing new for 8.0 s",
    );
  });

  it("writes times for people", () => {
    const texts = [850, 12_300, 59_990, 260_000, 7_500_000].map((ms) => timeText(ms));
    assert.deepEqual(texts, ["850 ms", "12.3 s", "60.0 s", "4 min 20 s", "2 h 5 min"]);
  });
});
