import { isTerminal, type JobView } from "../../shared/job/record.ts";
import type { GatewayServices } from "../services.ts";
import { jobAnswer } from "./job-answer.ts";
import { standingOf, type Standing } from "./standing.ts";

type Looks = Pick<GatewayServices, "lanes" | "workers" | "clock" | "waiter">;

/** Why a job is not done yet; undefined when it is. */
export async function lookAt(job: JobView, services: Looks): Promise<Standing | undefined> {
  if (isTerminal(job.status)) return undefined;
  const { lanes, workers, clock } = services;
  const flow = await lanes.of({ model: job.model, class: job.class });
  return standingOf(job, { flow, workers: workers.count(job.model), nowMs: clock.now() });
}

/** `Retry-After` of a job that has not ended; 0 from a gateway that goes away: ask elsewhere. */
export function retryHeaders(
  standing: Standing | undefined,
  { waiter }: Pick<GatewayServices, "waiter">,
): Record<string, string> {
  if (standing === undefined) return {};
  return { "retry-after": waiter.isDraining ? "0" : String(standing.retryAfterSeconds) };
}

/** A job as it is, with why it is not done yet. */
export async function currentAnswer(
  job: JobView,
  status: number,
  headers: Record<string, string>,
  services: Looks,
): Promise<Response> {
  const standing = await lookAt(job, services);
  return jobAnswer(job, status, { ...retryHeaders(standing, services), ...headers }, standing);
}
