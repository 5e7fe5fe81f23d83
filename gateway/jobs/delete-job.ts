import type { Context } from "hono";
import { callerOf } from "../access/caller.ts";
import { jobIdOf, readJob } from "./get-job.ts";
import { wrongState } from "./job-answer.ts";
import type { JobServices } from "./services.ts";

/** `DELETE /v1/jobs/{id}`: erases input, output and record of an ended job; again does no harm. */
export async function deleteJob(
  c: Context,
  services: Pick<JobServices, "ids" | "reader" | "jobs">,
): Promise<Response> {
  const verdict = await services.jobs.erase(jobIdOf(c, services), callerOf(c).tenant);
  if (verdict === "erased") return new Response(null, { status: 204 });
  const job = await readJob(c, services);
  return wrongState(job, "job_not_ended", `The job is ${job.status}; cancel it first.`);
}
