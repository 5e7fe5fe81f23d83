import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { isTerminal } from "../../shared/job/record.ts";
import { currentAnswer } from "./unfinished.ts";
import { callerOf } from "../access/caller.ts";
import { demandRun } from "../access/authorise.ts";
import type { GatewayServices } from "../services.ts";
import { wrongState } from "./job-answer.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/**
 * `POST /v1/jobs/{id}/retry`: queues a failed, expired or canceled job once more, under its id, as
 * its next attempt and with its own input, parameters and timeouts.
 */
export async function retryJob(c: Context, services: GatewayServices): Promise<Response> {
  const { reader, jobs, memory } = services;
  const id = jobIdOf(c, services);
  memory.check();
  const ended = orGone(c, await reader.read(id, "read"));
  demandRun(callerOf(c), ended);
  const verdict = isTerminal(ended.status) ? await jobs.retry(ended) : "not_retryable";
  if (verdict === "input_lost") {
    throw new ScoringError("gone_expired", "The job's input is no longer kept.");
  }
  const job = orGone(c, await reader.read(id, "read"));
  if (verdict === "accepted") {
    services.metrics.jobRetried(job);
    return currentAnswer(job, 202, { location: `/v1/jobs/${id}` }, services);
  }
  const reason = isTerminal(ended.status) ? `has ${ended.status}` : "has not ended";
  return wrongState(
    job,
    "job_not_retryable",
    `The job ${reason}; only failed, expired and canceled jobs can be retried.`,
  );
}
