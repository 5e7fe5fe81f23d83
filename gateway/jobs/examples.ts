import { toProblem, ScoringError } from "../../shared/error.ts";
import type { Job, JobList } from "./job-schema.ts";

const id = "job_01m7z2a28nec097t69kvhhq4z1";
const self = `/v1/jobs/${id}`;
const urls = { self, result: `${self}/result`, events: `${self}/events` };

/** Right after it was accepted. */
export const queuedJob = {
  id,
  object: "job",
  status: "queued",
  phase: "waiting",
  model: "faq-javascript@1",
  attempt: 1,
  priority: "interactive",
  metadata: { order_id: "o-77" },
  queue: {
    position: 13,
    ahead: 12,
    workers_ready: 1,
    workers_starting: 0,
    estimated_start_at: "2026-11-21T12:46:43.100Z",
    approximate: true,
  },
  output: null,
  error: null,
  metrics: null,
  created_at: "2026-11-21T12:46:42.453Z",
  started_at: null,
  completed_at: null,
  expires_at: null,
  deadline_at: "2026-11-21T13:46:42.453Z",
  cancel_requested_at: null,
  urls: { ...urls, cancel: `${self}/cancel` },
} satisfies Job;

/** Taken by a worker; the batch that it is part of runs. */
export const runningJob = {
  ...queuedJob,
  status: "running",
  phase: "running",
  queue: null,
  started_at: "2026-11-21T12:46:42.456Z",
} satisfies Job;

const { phase: _, ...ended } = {
  ...runningJob,
  completed_at: "2026-11-21T12:46:42.460Z",
  expires_at: "2026-11-21T12:51:42.461Z",
};

export const succeededJob = {
  ...ended,
  status: "succeeded",
  output: {
    matches: [
      {
        rank: 1,
        id: "clone-array",
        question: "How do I clone an array in JavaScript?",
        answer: "Use spread syntax.",
        probability: 0.965,
      },
    ],
  },
  metrics: {
    queue_ms: 3,
    batch_wait_ms: 0,
    batch_size: 1,
    decode_ms: 0.21,
    inference_ms: 1.14,
    total_ms: 7,
    provider: "cpu",
    cold_start: false,
  },
  urls,
} satisfies Job;

export const failedJob = {
  ...ended,
  status: "failed",
  error: toProblem(new ScoringError("model_error", "The model failed on this input.")),
  urls: { ...urls, retry: `${self}/retry` },
} satisfies Job;

export const canceledJob = {
  ...ended,
  status: "canceled",
  error: toProblem(new ScoringError("canceled", "The job was canceled on request.")),
  cancel_requested_at: "2026-11-21T12:46:42.460Z",
  urls: { ...urls, retry: `${self}/retry` },
} satisfies Job;

/** After `retry`. */
export const retriedJob = {
  ...queuedJob,
  attempt: 2,
  attempts: [
    {
      attempt: 1,
      status: failedJob.status,
      error: failedJob.error,
      started_at: failedJob.started_at,
      completed_at: failedJob.completed_at,
    },
  ],
} satisfies Job;

const { output: __, ...brief } = succeededJob;

export const jobList = {
  object: "list",
  data: [brief],
  next_cursor: null,
} satisfies JobList;

const { output: ___, ...waiting } = queuedJob;

/** A job's course as it looks on the wire. */
export const jobStream = [
  "retry: 2000\n",
  "id: 1-queued-12",
  "event: status",
  `data: ${JSON.stringify(waiting)}\n`,
  "id: 1-succeeded",
  "event: completed",
  `data: ${JSON.stringify(succeededJob)}\n\n`,
].join("\n");
