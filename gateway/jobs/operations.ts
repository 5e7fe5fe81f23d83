import {
  canceledJob,
  jobList,
  queuedJob,
  retriedJob,
  runningJob,
  succeededJob,
} from "./examples.ts";
import { eventStreamContent } from "./event-stream-content.ts";
import { headers } from "../http/openapi/headers.ts";
import { json } from "../http/openapi/operation.ts";
import { operation, type Operation } from "../http/openapi/old-operation.ts";
import { ref } from "../http/openapi/parts.ts";
import {
  ifNoneMatchParameter,
  lastEventIdParameter,
  queryParameters,
  waitParameters,
} from "../http/openapi/parameters.ts";
import { deliveryPage } from "../webhooks/delivery-operations.ts";
import { listQuerySchema } from "./list-jobs.ts";
import { jobIdParameter } from "./parameters.ts";

const JOB = ["ETag", "Server-Timing"] as const;
const NO_JOB = [
  "gone_deleted",
  "gone_expired",
  "lost",
  "not_found",
  "service_unavailable",
] as const;

/** `GET /v1/jobs` */
export function listJobsOperation(): Operation {
  return operation("listJobs", {
    tag: "Jobs",
    scope: "jobs:read",
    summary: "Your jobs, newest first",
    description:
      "Without their outputs. A page may be short, even empty, and still have a next one.",
    parameters: queryParameters(listQuerySchema.shape),
    answers: {
      200: json("A page of them.", {
        schema: ref("JobList"),
        headers: ["Link"],
        examples: { page: jobList },
      }),
    },
    fails: ["invalid_input", "unknown_field", "service_unavailable"],
  });
}

/** `GET /v1/jobs/{id}` */
export function getJobOperation(): Operation {
  return operation("getJob", {
    tag: "Jobs",
    scope: "jobs:read",
    summary: "The job, or the job once it has ended",
    parameters: [jobIdParameter, ...waitParameters, ifNoneMatchParameter],
    answers: {
      200: json("The job, ended or not, well or badly.", {
        schema: ref("Job"),
        headers: [...JOB, "Preference-Applied", "Retry-After"],
        examples: { queued: queuedJob, running: runningJob, succeeded: succeededJob },
      }),
      304: {
        description: "It is as `If-None-Match` knows it.",
        headers: headers(["Cache-Control", "ETag", "Preference-Applied", "Retry-After"]),
      },
    },
    fails: [...NO_JOB, "invalid_input"],
  });
}

/** `GET /v1/jobs/{id}/result` */
export function getResultOperation(): Operation {
  return operation("getResult", {
    tag: "Jobs",
    scope: "jobs:read",
    summary: "The output alone",
    description: "Of a job that did not succeed: what it ended with, under that problem's status.",
    parameters: [jobIdParameter, ...waitParameters],
    answers: {
      200: json("The output, or the list of outputs.", {
        schema: { description: "As the model's output schema says." },
        examples: { output: succeededJob.output },
      }),
      202: json("The job has not ended.", {
        schema: ref("Job"),
        headers: [...JOB, "Retry-After"],
        examples: { running: runningJob },
      }),
    },
    endings: ["JobLocation", "Server-Timing"],
    fails: NO_JOB,
  });
}

/** `GET /v1/jobs/{id}/events` */
export function jobEventsOperation(): Operation {
  return operation("jobEvents", {
    tag: "Jobs",
    scope: "jobs:read",
    summary: "The job now, then each change until its end",
    description:
      "Server-sent events: `status` with the job, `completed` with the ended job, or `error` with " +
      "a problem when its record is gone; the last two end the stream.",
    parameters: [jobIdParameter, lastEventIdParameter],
    answers: {
      200: {
        description: "The stream.",
        headers: headers(["Cache-Control", "X-Accel-Buffering"]),
        content: eventStreamContent,
      },
      204: { description: "`Last-Event-ID` is its end: there is nothing more." },
    },
    fails: NO_JOB,
  });
}

/** `GET /v1/jobs/{id}/deliveries` */
export function jobDeliveriesOperation(): Operation {
  return operation("listDeliveriesOfJob", {
    tag: "Jobs",
    scope: "jobs:read",
    summary: "What receivers of webhooks are told of a job, oldest first",
    parameters: [jobIdParameter],
    answers: { 200: json("All of it that is still known.", deliveryPage) },
    fails: ["gone_deleted", "gone_expired", "lost", "not_found"],
  });
}

/** `POST /v1/jobs/{id}/cancel` */
export function cancelJobOperation(): Operation {
  return operation("cancelJob", {
    tag: "Jobs",
    scope: "jobs:cancel",
    summary: "Cancel a queued or running job",
    description: "At once; what a running one still puts out is discarded. Twice does no harm.",
    parameters: [jobIdParameter],
    answers: {
      200: json("It is canceled.", {
        schema: ref("Job"),
        headers: JOB,
        examples: { canceled: canceledJob },
      }),
    },
    fails: [...NO_JOB, "job_not_cancelable"],
  });
}

/** `POST /v1/jobs/{id}/retry` */
export function retryJobOperation(): Operation {
  return operation("retryJob", {
    tag: "Jobs",
    scope: "jobs:write",
    summary: "Queue a job that ended badly once more, as its next attempt",
    parameters: [jobIdParameter],
    answers: {
      202: json("It is queued.", {
        schema: ref("Job"),
        headers: ["Location", ...JOB, "Retry-After"],
        examples: { queued: retriedJob },
      }),
    },
    fails: [...NO_JOB, "job_not_retryable", "queue_full", "quota_exceeded"],
  });
}

/** `DELETE /v1/jobs/{id}` */
export function deleteJobOperation(): Operation {
  return operation("deleteJob", {
    tag: "Jobs",
    scope: "jobs:write",
    summary: "Erase input, output and record of an ended job",
    parameters: [jobIdParameter],
    answers: { 204: { description: "It is erased, now or before." } },
    fails: ["gone_expired", "lost", "not_found", "service_unavailable", "job_not_ended"],
  });
}
