import type { Context } from "hono";
import { ScoringError, toProblem } from "../../shared/error.ts";
import { failure } from "../../shared/job/outcome.ts";
import { isTerminal } from "../../shared/job/record.ts";
import { jobAnswer, problemAnswer } from "../answer/answers.ts";
import { jobJson } from "../answer/job-json.ts";
import type { GatewayServices } from "../services.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/**
 * `POST /v1/jobs/{id}/cancel`: settles the job at once, queued or running; what a running one still
 * puts out is discarded. Canceling what is canceled is fine; what has ended otherwise stays so.
 */
export async function cancelJob(c: Context, services: GatewayServices): Promise<Response> {
  const { reader, settler } = services;
  const id = jobIdOf(c, services);
  const before = orGone(await reader.read(id, "read"));
  if (!isTerminal(before.status)) {
    const reason = new ScoringError("canceled", "The job was canceled on request.");
    const lane = { model: before.model, class: before.class };
    const outcome = failure(reason, undefined, "canceled");
    await settler.settle({ id, lane, attempt: undefined, outcome });
  }
  const job = orGone(await reader.read(id, "read"));
  if (job.status === "canceled") return jobAnswer(job, 200);
  const problem = toProblem(
    new ScoringError("job_not_cancelable", `The job has already ${job.status}.`, {
      members: { job_id: id, job: JSON.parse(jobJson(job)) as unknown },
    }),
  );
  return problemAnswer(problem);
}
