import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { failure } from "../../shared/job/outcome.ts";
import { isTerminal, type JobView } from "../../shared/job/record.ts";
import { jobAnswer, wrongState } from "./job-answer.ts";
import type { GatewayServices } from "../services.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/**
 * `POST /v1/jobs/{id}/cancel`: settles the job at once, queued or running; what a running one still
 * puts out is discarded. Canceling what is canceled is fine; what has ended otherwise stays so.
 */
export async function cancelJob(c: Context, services: GatewayServices): Promise<Response> {
  const { reader } = services;
  const id = jobIdOf(c, services);
  const before = orGone(c, await reader.read(id, "read"));
  if (!isTerminal(before.status)) await cancel(before, services);
  const job = orGone(c, await reader.read(id, "read"));
  if (job.status === "canceled") return jobAnswer(job, 200);
  return wrongState(job, "job_not_cancelable", `The job has already ${job.status}.`);
}

/** Ends a job as canceled, unless it has ended. */
export async function cancel(
  { id, model, class: jobClass }: Pick<JobView, "id" | "model" | "class">,
  { settler }: GatewayServices,
): Promise<void> {
  const reason = new ScoringError("canceled", "The job was canceled on request.");
  const outcome = failure(reason, undefined, "canceled");
  await settler.settle({ id, lane: { model, class: jobClass }, attempt: undefined, outcome });
}
