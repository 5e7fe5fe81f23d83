import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchCall } from "../../../../gateway/page/browser/call/batch-call.ts";
import { batchCurl } from "../../../../gateway/page/browser/call/batch-curl.ts";
import { batchPython } from "../../../../gateway/page/browser/call/batch-python.ts";
import { batchTypescript } from "../../../../gateway/page/browser/call/batch-typescript.ts";
import { briefOf } from "../../../../gateway/page/browser/batches/brief.ts";
import { paceOf, withSample, type Sample } from "../../../../gateway/page/browser/batches/pace.ts";
import { csvPage, linePage } from "../../../../gateway/page/browser/batches/result-pages.ts";
import { sinceOf, SPANS } from "../../../../gateway/page/browser/jobs/spans.ts";
import { timelineOf } from "../../../../gateway/page/browser/jobs/timeline.ts";
import { standingText } from "../../../../gateway/page/browser/pieces/standing.ts";
import type { Job } from "../../../../gateway/jobs/job-schema.ts";

describe("the pace of a batch", () => {
  const after = (...seen: readonly Sample[]) =>
    paceOf(seen.reduce<readonly Sample[]>((all, sample) => withSample(all, sample), []));

  it("is that of the last seconds, once there are some", () => {
    assert.deepEqual(after(), { perSecond: undefined, stillMs: 0 });
    assert.equal(after({ atMs: 0, ended: 0 }, { atMs: 500, ended: 50 }).perSecond, undefined);
    assert.equal(after({ atMs: 0, ended: 0 }, { atMs: 2000, ended: 50 }).perSecond, 25);
    const slower = [0, 10_000, 20_000].map((atMs, i) => ({ atMs, ended: [0, 1000, 1100][i] ?? 0 }));
    assert.equal(after(...slower).perSecond, 10);
  });

  it("says how long nothing has ended, and begins anew with a retry", () => {
    const still = [0, 1000, 9000].map((atMs) => ({ atMs, ended: 5 }));
    assert.equal(after(...still).stillMs, 9000);
    assert.equal(after(...still, { atMs: 10_000, ended: 2 }).perSecond, undefined);
  });
});

describe("a page of results for a file", () => {
  it("is lines without their end, or nothing when it broke off", () => {
    const lines = '{"index":0}\n{"index":1}\n';
    const page = { text: lines, records: 2 };
    assert.deepEqual(linePage(`${lines}{"end":true,"next":"i1.0"}\n`), { ...page, next: "i1.0" });
    assert.deepEqual(linePage(`${lines}{"end":true,"next":null}\n`), { ...page, next: undefined });
    assert.equal(linePage('{"end":true,"next":null}\n')?.records, 0);
    for (const cut of ["", "\n", lines, `${lines}{"end":true`])
      assert.equal(linePage(cut), undefined);
  });

  it("is records of CSV, with one header for all pages", () => {
    const header = "index,label,cursor\r\n";
    const records = '0,"a\nb",i0.1\r\n1,c,i1.0\r\n';
    const text = `${header}${records}\r\n`;
    assert.deepEqual(csvPage(text, true), { text: header + records, records: 2, next: "i1.0" });
    assert.deepEqual(csvPage(text, false), { text: records, records: 2, next: "i1.0" });
    assert.deepEqual(csvPage(`${header}\r\n`, false), { text: "", records: 0, next: undefined });
    assert.equal(csvPage(header + records, true), undefined);
  });
});

describe("a batch as code", () => {
  const call: BatchCall = {
    url: "http://127.0.0.1:8093",
    model: "wine@1",
    key: { from: "variable", name: "SCORELINE_API_KEY" },
    items: { kind: "csv", path: "my wines.csv" },
  };

  it("is a command of curl that streams a table", () => {
    assert.deepEqual(batchCurl(call), [
      "curl -s -X POST -T 'my wines.csv'",
      '-H "Authorization: Bearer $SCORELINE_API_KEY"',
      "-H 'Prefer: wait=30' -H 'Content-Type: text/csv'",
      "'http://127.0.0.1:8093/v1/batches?model=wine%401'",
    ]);
  });

  it("says the model in the first line where there are lines", () => {
    const lines: BatchCall = {
      ...call,
      key: { from: "nowhere" },
      items: { kind: "ndjson", path: "a" },
    };
    assert.equal(batchCurl(lines)[0], `{ echo '{"batch":{"model":"wine@1"}}'; cat a; }`);
    assert.match(batchPython(lines), /^ {4}yield from open\("a", "rb"\)$/m);
    assert.doesNotMatch(batchPython(lines), /key/);
    assert.doesNotMatch(batchTypescript(lines), /Authorization/);
  });

  it("says no key, and where it is read", () => {
    assert.match(batchPython(call), /^key = os\.environ\["SCORELINE_API_KEY"\]$/m);
    assert.match(batchTypescript(call), /^const key = process\.env\["SCORELINE_API_KEY"\];$/m);
  });
});

describe("the course of a job on its page", () => {
  const job: Job = {
    id: `job_${"0".repeat(26)}`,
    object: "job",
    status: "failed",
    model: "wine@1",
    attempt: 2,
    priority: "interactive",
    metadata: null,
    queue: null,
    error: {
      type: "",
      title: "",
      status: 502,
      detail: "It broke.",
      code: "model_error",
      retryable: true,
    },
    metrics: null,
    created_at: "2026-01-05T10:00:00.000Z",
    started_at: "2026-01-05T10:00:02.000Z",
    completed_at: "2026-01-05T10:00:03.000Z",
    expires_at: null,
    deadline_at: null,
    cancel_requested_at: null,
    attempts: [
      {
        attempt: 1,
        status: "expired",
        error: {
          type: "",
          title: "",
          status: 504,
          detail: "Too late.",
          code: "start_timeout",
          retryable: true,
        },
        started_at: null,
        completed_at: "2026-01-05T10:00:01.000Z",
      },
    ],
    urls: { self: "", result: "", events: "" },
  };

  it("tells of each attempt, and why it ended", () => {
    assert.deepEqual(
      timelineOf(job).map(({ name, detail }) => [name, detail]),
      [
        ["Accepted", "as interactive work"],
        ["Attempt 1 expired", "start_timeout: Too late."],
        ["Queued", "for attempt 2"],
        ["Taken by a worker", undefined],
        ["Settled: failed", "model_error: It broke."],
      ],
    );
  });

  it("tells how long each part of the run took", () => {
    const metrics = {
      queue_ms: 3,
      batch_wait_ms: 1,
      batch_size: 2,
      decode_ms: 0.5,
      inference_ms: 2,
      total_ms: 8,
      provider: "cpu",
      cold_start: false,
    } as const;
    const steps = timelineOf({ ...job, status: "succeeded", error: null, attempts: [], metrics });
    assert.deepEqual(
      steps.slice(3).map(({ name, detail }) => [name, detail]),
      [
        ["Decoded", "in 0.5 ms, 1 ms after it was taken"],
        ["Run", "in 2 ms on cpu, with 1 other row in its batch"],
        ["Settled: succeeded", "8 ms in all"],
      ],
    );
  });

  it("says of no run where the input could not be decoded", () => {
    const metrics = {
      queue_ms: 3,
      batch_wait_ms: 0,
      batch_size: 1,
      decode_ms: 41,
      inference_ms: 0,
      total_ms: 51,
      provider: "cpu",
      cold_start: false,
    } as const;
    assert.deepEqual(
      timelineOf({ ...job, attempts: [], metrics })
        .slice(3)
        .map(({ name, detail }) => [name, detail]),
      [
        ["Decoded", "in 41 ms"],
        ["Settled: failed", "model_error: It broke."],
      ],
    );
  });

  it("says while it waits that its lane is paused", () => {
    const queue = {
      position: 3,
      ahead: 2,
      workers_ready: 1,
      workers_starting: 0,
      estimated_start_at: null,
      approximate: true,
    } as const;
    assert.equal(
      standingText({ ...job, status: "queued", phase: "paused", queue }, 0),
      "Queued at position 3; an operator has paused its lane.",
    );
  });

  it("is looked for within a span that moves once a minute", () => {
    const at = Date.parse("2026-01-05T10:00:59.000Z");
    assert.equal(sinceOf(SPANS[0] ?? "", at), "2026-01-05T09:00:00.000Z");
    assert.equal(sinceOf("", at), "");
  });
});

describe("an output in its row", () => {
  const cases = [
    [{ label: "class_0", probabilities: { class_0: 0.99942, class_1: 0.0005 } }, "class_0, 99.9 %"],
    [{ label: "setosa" }, "setosa"],
    [
      { predictions: [{ label: "espresso", probability: 0.9551 }, { label: "cup" }] },
      "espresso, 95.5 %, and 1 more",
    ],
    [{ matches: [{ question: "How?", probability: 0.5 }] }, "How?, 50.0 %"],
    [{ entities: [{ text: "Ada", label: "PER", score: 0.337 }] }, "Ada, 33.7 %"],
    [{ detections: [] }, "none"],
    [{ volume: 1.23456789, lines: ["a"] }, '{"volume":1.2346,"lines":["a"]}'],
    [{ predictions: [0.25, 0.75] }, '{"predictions":[0.25,0.75]}'],
    [12, "12"],
    [undefined, ""],
  ] as const;
  for (const [output, brief] of cases) {
    it(`is told as ${JSON.stringify(brief)}`, () => assert.equal(briefOf(output), brief));
  }

  it("is cut when it is long", () => {
    assert.equal(briefOf({ text: "x".repeat(500) }).length, 122);
  });
});
