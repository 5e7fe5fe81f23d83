import type { Context } from "hono";
import { bareAnswer, jobAnswer } from "./job-answer.ts";
import { jobEtag } from "./job-json.ts";
import { readPreference } from "../http/prefer.ts";
import { lookAt, retryHeaders } from "./unfinished.ts";
import type { GatewayServices } from "../services.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/** `GET /v1/jobs/{id}`: the job as it is, or as it is once it has ended. */
export async function getJob(c: Context, services: GatewayServices): Promise<Response> {
  const { waiter, waits } = services;
  const id = jobIdOf(c, services);
  const { waitMs, applied } = readPreference(c.req.header("prefer"), c.req.query("wait"), waits);
  const watch = waiter.watch(id);
  try {
    const { signal } = c.req.raw;
    const found = await waiter.wait(id, watch, { waitMs, isCreator: false, takes: false, signal });
    const job = orGone(c, found);
    const standing = await lookAt(job, services);
    const headers = {
      ...retryHeaders(standing, services),
      ...(applied === undefined ? {} : { "preference-applied": applied }),
    };
    if (c.req.header("if-none-match") === jobEtag(job)) {
      return bareAnswer(job, 304, headers);
    }
    return jobAnswer(job, 200, headers, standing);
  } finally {
    watch.close();
  }
}
