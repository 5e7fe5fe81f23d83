import { ScoringError, toProblem } from "../../shared/error.ts";
import type { BatchList, BatchObject, BatchResult } from "./batch-schema.ts";

const id = "bat_01m7z2a28nec097t69kvhhq4z1";
const self = `/v1/batches/${id}`;
const urls = { self, results: `${self}/results`, events: `${self}/events` };
const counts = {
  total: 0,
  queued: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  canceled: 0,
  expired: 0,
};

/** Open for uploads. */
export const openBatch = {
  id,
  object: "batch",
  status: "validating",
  outcome: null,
  model: "faq-javascript@1",
  attempt: 1,
  priority: "bulk",
  metadata: { export: "2026-11" },
  received: 0,
  counts,
  max_failed: null,
  error: null,
  created_at: "2026-11-21T12:46:42.453Z",
  closed_at: null,
  started_at: null,
  completed_at: null,
  expires_at: null,
  urls: { ...urls, items: `${self}/items`, close: `${self}/close`, cancel: `${self}/cancel` },
} satisfies BatchObject;

/** With some items in it. */
export const filledBatch = {
  ...openBatch,
  received: 3,
  counts: { ...counts, total: 3, queued: 3 },
} satisfies BatchObject;

export const runningBatch = {
  ...filledBatch,
  status: "in_progress",
  counts: { ...counts, total: 3, running: 1, succeeded: 2 },
  closed_at: "2026-11-21T12:46:42.460Z",
  started_at: "2026-11-21T12:46:42.463Z",
  urls: { ...urls, cancel: `${self}/cancel` },
} satisfies BatchObject;

/** One of its items failed. */
export const endedBatch = {
  ...runningBatch,
  status: "completed",
  outcome: "partial",
  counts: { ...counts, total: 3, succeeded: 2, failed: 1 },
  completed_at: "2026-11-21T12:46:42.480Z",
  expires_at: "2026-11-22T12:46:42.480Z",
  urls: { ...urls, retry: `${self}/retry` },
} satisfies BatchObject;

/** `max_failed` stopped it. */
export const failedBatch = {
  ...endedBatch,
  status: "failed",
  outcome: "none_succeeded",
  counts: { ...counts, total: 3, failed: 1, canceled: 2 },
  max_failed: 0,
  error: toProblem(
    new ScoringError("too_many_failed", "More items failed than `max_failed` allows."),
  ),
} satisfies BatchObject;

export const cancelingBatch = {
  ...runningBatch,
  status: "canceling",
} satisfies BatchObject;

/** Its failed item is queued once more. */
export const retriedBatch = {
  ...runningBatch,
  attempt: 2,
  counts: { ...counts, total: 3, queued: 1, succeeded: 2 },
  started_at: null,
} satisfies BatchObject;

const results: BatchResult[] = [
  {
    index: 0,
    custom_id: "q1",
    status: "succeeded",
    output: { matches: [{ rank: 1, id: "clone-array", probability: 0.965 }] },
    metrics: { batch_size: 2, inference_ms: 1.14 },
  },
  {
    index: 1,
    custom_id: "q2",
    status: "failed",
    error: toProblem(new ScoringError("model_error", "The model failed on this input.")),
  },
];

/** The answer of whoever waited for its end. */
export const waitedBatch = { ...endedBatch, results } satisfies BatchObject;

export const batchList = {
  object: "list",
  data: [endedBatch],
  next_cursor: null,
} satisfies BatchList;

const linesOf = (...values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

export const resultLines = linesOf(...results, { end: true, next: "i0.2" });

const items = [
  { custom_id: "q1", input: { text: "how do i clone an array" } },
  { custom_id: "q2", input: { text: "how do i sleep" } },
];

export const jsonUpload = { model: "faq-javascript", items, metadata: { export: "2026-11" } };
export const openUpload = { model: "faq-javascript", completion_window_ms: 3_600_000 };
export const folderUpload = { source: { folder: "photos/2026", pattern: "*.jpg" } };
export const tableUpload = 'custom_id,plan,age\r\nr1,pro,41\r\nr2,"free",\r\n';
export const resultTable =
  "index,custom_id,status,label,error_code,error_detail,cursor\r\n" +
  "0,r1,succeeded,yes,,,i0.1\r\n\r\n";
export const itemLines = linesOf(...items);
export const lineUpload = linesOf({ batch: { model: "faq-javascript" } }, ...items);

/** The batch's progress as it looks on the wire. */
export const batchStream = [
  "retry: 2000\n",
  `id: ${id}-in_progress-1-3-1-2-0-0-0`,
  "event: status",
  `data: ${JSON.stringify(runningBatch)}\n`,
  `id: ${id}-completed-1-3-0-2-1-0-0`,
  "event: completed",
  `data: ${JSON.stringify(endedBatch)}\n\n`,
].join("\n");
