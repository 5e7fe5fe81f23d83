import type { Context } from "hono";
import { isTerminal } from "../../shared/job/record.ts";
import { jobAnswer, unfinishedHeaders } from "../answer/answers.ts";
import { jobEtag } from "../answer/job-json.ts";
import { readPreference } from "../answer/prefer.ts";
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
    const job = orGone(await waiter.wait(id, watch, { waitMs, isCreator: false, signal }));
    const headers = {
      ...(isTerminal(job.status) ? {} : unfinishedHeaders(waiter.isDraining)),
      ...(applied === undefined ? {} : { "preference-applied": applied }),
    };
    if (c.req.header("if-none-match") === jobEtag(job)) {
      return new Response(null, { status: 304, headers: { etag: jobEtag(job), ...headers } });
    }
    return jobAnswer(job, 200, headers);
  } finally {
    watch.close();
  }
}
