import type { Context } from "hono";
import { callerOf } from "../access/caller.ts";
import type { GatewayServices } from "../services.ts";
import { wrongState } from "./job-answer.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/** `DELETE /v1/jobs/{id}`: erases input, output and record of an ended job; again does no harm. */
export async function deleteJob(c: Context, services: GatewayServices): Promise<Response> {
  const { reader, jobs } = services;
  const id = jobIdOf(c, services);
  const verdict = await jobs.erase(id, callerOf(c).tenant);
  if (verdict === "erased") return new Response(null, { status: 204 });
  const job = orGone(c, await reader.read(id, "read"));
  return wrongState(job, "job_not_ended", `The job is ${job.status}; cancel it first.`);
}
