import type { HeaderName } from "../http/openapi/headers.ts";
import {
  eventStreamContent,
  json,
  jsonBody,
  routes,
  streamAnswers,
  unchanged,
} from "../http/openapi/operation.ts";
import {
  ifNoneMatchParameter,
  lastEventIdParameter,
  modelParameter,
  queryParameters,
  waitParameters,
} from "../http/openapi/parameters.ts";
import type { Answer } from "../http/openapi/parts.ts";
import { BAD_BODY, CREATING, GONE } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import { deliveryPage } from "../webhooks/examples.ts";
import { createJob } from "./create-job.ts";
import {
  createBodies,
  createJobSchema,
  createParameters,
  jobIdParameter,
  optionParameters,
} from "./create-request.ts";
import * as examples from "./examples.ts";
import * as get from "./get-job.ts";
import { jobListSchema, jobSchema, problemSchema, type Job } from "./job-schema.ts";
import { labelJob, labelSchema } from "./label-job.ts";
import { cancelJob, retryJob, deleteJob } from "./move-job.ts";
import { askedParameters } from "../routing/asked.ts";
import type { JobServices } from "./services.ts";

const CREATED = ["Location", "Preference-Applied", "Idempotent-Replayed"] as const;
const JOB = ["ETag", "Server-Timing"] as const;
const common = { tag: "Jobs", scope: "jobs:read" } as const;
const route = routes(common);
const ofJob = routes({ ...common, parameters: [jobIdParameter] });

const { jobStream, queuedJob, runningJob, succeededJob } = examples;

/** The job as an answer. */
const job = (
  description: string,
  shown: Readonly<Record<string, Job>>,
  more: readonly HeaderName[] = [],
): Answer => json(description, "Job", shown, [...more, ...JOB]);

/** Score inputs, and follow each job to its output. */
export const jobsRoom: Room<JobServices> = {
  answers: { Job: jobSchema, JobList: jobListSchema, Problem: problemSchema },
  bodies: { LabelJob: labelSchema },
  schemas: (registry) => ({ CreateJob: createJobSchema(registry) }),
  operations: [
    route.post("/v1/models/{model}/jobs", createJob, {
      scope: "jobs:write",
      summary: "Score one or several inputs",
      description:
        "Without a wait the answer is 202 at once; with `Prefer: wait=n` it is 200 if the job " +
        "succeeds in time, or the job's problem with its own status if the job fails.",
      parameters: (registry) => [
        modelParameter(registry),
        ...waitParameters,
        ...askedParameters,
        ...createParameters,
        ...optionParameters(registry),
      ],
      body: (registry) => ({ required: true, content: createBodies(registry) }),
      answers: {
        200: endedInTime(),
        202: job(
          "It is accepted; poll `Location` for its end. No body with `return=minimal`.",
          { queued: queuedJob },
          [...CREATED, "Retry-After"],
        ),
      },
      endings: ["JobLocation", "Server-Timing", "Preference-Applied", "Idempotent-Replayed"],
      fails: [...GONE, ...CREATING, "idempotency_key_reused", "webhook_url_rejected"],
    }),
    route.get("/v1/jobs/{id}", get.getJob, {
      summary: "The job; can wait for its end",
      parameters: [jobIdParameter, ...waitParameters, ifNoneMatchParameter],
      answers: {
        200: job(
          "The job, in any status.",
          { queued: queuedJob, running: runningJob, succeeded: succeededJob },
          ["Preference-Applied", "Retry-After"],
        ),
        304: unchanged(["Cache-Control", "ETag", "Preference-Applied", "Retry-After"]),
      },
      fails: [...GONE, "invalid_input"],
    }),
    route.get("/v1/jobs/{id}/result", get.getResult, {
      summary: "Only the output",
      description: "For a job that did not succeed: its problem, with that status.",
      parameters: [jobIdParameter, ...waitParameters],
      answers: {
        200: json(
          "The output, or the list of outputs.",
          { description: "Follows the model's output schema." },
          { output: succeededJob.output },
        ),
        202: job("The job has not ended.", { running: runningJob }, ["Retry-After"]),
      },
      endings: ["JobLocation", "Server-Timing"],
      fails: GONE,
    }),
    route.get("/v1/jobs/{id}/events", get.jobEvents, {
      summary: "The job now, then each change until its end",
      description:
        "Server-sent events: `status` with the job, `completed` with the ended job, or `error` with " +
        "a problem when its record is gone; the last two end the stream.",
      parameters: [jobIdParameter, lastEventIdParameter],
      answers: streamAnswers(jobStream),
      fails: GONE,
    }),
    ofJob.get("/v1/jobs/{id}/deliveries", get.listDeliveriesOfJob, {
      summary: "The webhook deliveries about a job, oldest first",
      answers: { 200: json("All deliveries that are still kept.", ...deliveryPage) },
      fails: GONE,
    }),
    ofJob.post("/v1/jobs/{id}/cancel", cancelJob, {
      scope: "jobs:cancel",
      summary: "Cancel a queued or running job",
      description: "It ends immediately; any later output is discarded. Repeating it does no harm.",
      answers: { 200: job("It is canceled.", { canceled: examples.canceledJob }) },
      fails: [...GONE, "job_not_cancelable"],
    }),
    ofJob.post("/v1/jobs/{id}/retry", retryJob, {
      scope: "jobs:write",
      summary: "Queue a failed, canceled or expired job again, as its next attempt",
      answers: {
        202: job("It is queued.", { queued: examples.retriedJob }, ["Location", "Retry-After"]),
      },
      fails: [...GONE, "job_not_retryable", "queue_full", "queue_paused"],
    }),
    ofJob.post("/v1/jobs/{id}/label", labelJob, {
      scope: "jobs:write",
      summary: "Say what an ended job should have answered",
      description:
        "It is kept with the job, written where the job is captured, and counted by endpoint and " +
        "variant. Another label replaces it.",
      body: jsonBody("LabelJob", { label: { label: "espresso" } }),
      answers: { 204: { description: "It is kept." } },
      fails: [...GONE, ...BAD_BODY, "job_not_ended"],
    }),
    ofJob.delete("/v1/jobs/{id}", deleteJob, {
      scope: "jobs:write",
      summary: "Erase the input, output and record of an ended job",
      answers: { 204: { description: "It is erased, now or earlier." } },
      fails: ["gone_expired", "lost", "not_found", "job_not_ended"],
    }),
    route.get("/v1/jobs", get.listJobs, {
      summary: "Your jobs, newest first",
      description:
        "Without their outputs. A page may be short, or even empty, and still have a next one.",
      parameters: queryParameters(get.listQuerySchema.shape),
      answers: { 200: json("A page of them.", "JobList", { page: examples.jobList }, ["Link"]) },
      fails: ["invalid_input", "unknown_field"],
    }),
  ],
};

/** The job, or its events for whoever asked for them. */
function endedInTime(): Answer {
  const answer = job(
    "It ended within the wait; or its events, if `Accept` asks for them.",
    { succeeded: succeededJob },
    [...CREATED, "X-Accel-Buffering"],
  );
  return { ...answer, content: { ...answer.content, ...eventStreamContent(jobStream) } };
}
