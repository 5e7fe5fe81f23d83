import type { Context } from "hono";
import { isTerminal } from "../../shared/job/record.ts";
import { readJob } from "./get-job.ts";
import { jobAnswer, wrongState } from "./job-answer.ts";
import type { JobServices } from "./services.ts";

/**
 * `POST /v1/jobs/{id}/cancel`: settles the job at once, queued or running; what a running one still
 * puts out is discarded. Canceling what is canceled is fine; what has ended otherwise stays so.
 */
export async function cancelJob(
  c: Context,
  services: Pick<JobServices, "ids" | "reader" | "jobs">,
): Promise<Response> {
  const before = await readJob(c, services);
  if (!isTerminal(before.status)) await services.jobs.cancel(before);
  const job = await readJob(c, services);
  if (job.status === "canceled") return jobAnswer(job, 200);
  return wrongState(job, "job_not_cancelable", `The job has already ${job.status}.`);
}
