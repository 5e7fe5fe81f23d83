import { isTerminal } from "../../shared/job/view.ts";
import { readJob, jobIdOf } from "./get-job.ts";
import { jobAnswer, wrongState, currentAnswer, type Looks } from "./job-answer.ts";
import type { JobServices } from "./services.ts";
import { ScoringError } from "../../shared/error.ts";
import { demandRun, callerOf } from "../access/caller.ts";
import type { Handler } from "../http/openapi/operation.ts";

/**
 * `POST /v1/jobs/{id}/cancel`: settles the job at once, queued or running; what a running one still
 * puts out is discarded. Canceling what is canceled is fine; what has ended otherwise stays so.
 */
export const cancelJob: Handler<Pick<JobServices, "ids" | "reader" | "jobs">> = async (
  c,
  services,
) => {
  const before = await readJob(c, services);
  if (!isTerminal(before.status)) await services.jobs.cancel(before);
  const job = await readJob(c, services);
  if (job.status === "canceled") return jobAnswer(job, 200);
  return wrongState(job, "job_not_cancelable", `The job has already ${job.status}.`);
};

/**
 * `POST /v1/jobs/{id}/retry`: queues a failed, expired or canceled job once more, under its id, as
 * its next attempt and with its own input, parameters and timeouts.
 */
export const retryJob: Handler<
  Looks & Pick<JobServices, "ids" | "reader" | "jobs" | "memory" | "metrics">
> = async (c, services) => {
  const { jobs, memory, metrics } = services;
  const id = jobIdOf(c, services);
  memory.check();
  const ended = await readJob(c, services);
  demandRun(callerOf(c), ended);
  const verdict = isTerminal(ended.status) ? await jobs.retry(ended) : "not_retryable";
  if (verdict === "input_lost") {
    throw new ScoringError("gone_expired", "The job's input is no longer kept.");
  }
  const job = await readJob(c, services);
  if (verdict === "accepted") {
    metrics.jobRetried(job);
    return currentAnswer(job, 202, { location: `/v1/jobs/${id}` }, services);
  }
  const reason = isTerminal(ended.status) ? `has ${ended.status}` : "has not ended";
  return wrongState(
    job,
    "job_not_retryable",
    `The job ${reason}; only failed, expired and canceled jobs can be retried.`,
  );
};

/** `DELETE /v1/jobs/{id}`: erases input, output and record of an ended job; again does no harm. */
export const deleteJob: Handler<Pick<JobServices, "ids" | "reader" | "jobs">> = async (
  c,
  services,
) => {
  const verdict = await services.jobs.erase(jobIdOf(c, services), callerOf(c).tenant);
  if (verdict === "erased") return new Response(null, { status: 204 });
  const job = await readJob(c, services);
  return wrongState(job, "job_not_ended", `The job is ${job.status}; cancel it first.`);
};
