import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { isTerminal } from "../../shared/job/record.ts";
import { demandRun } from "../access/authorise.ts";
import { callerOf } from "../access/caller.ts";
import { jobIdOf, readJob } from "./get-job.ts";
import { currentAnswer, wrongState, type Looks } from "./job-answer.ts";
import type { JobServices } from "./services.ts";

/**
 * `POST /v1/jobs/{id}/retry`: queues a failed, expired or canceled job once more, under its id, as
 * its next attempt and with its own input, parameters and timeouts.
 */
export async function retryJob(
  c: Context,
  services: Looks & Pick<JobServices, "ids" | "reader" | "jobs" | "memory" | "metrics">,
): Promise<Response> {
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
}
