import type { Context } from "hono";
import { isTerminal } from "../../shared/job/record.ts";
import { endedBadlyAnswer, jobAnswer, unfinishedHeaders } from "../answer/answers.ts";
import { readPreference } from "../answer/prefer.ts";
import type { GatewayServices } from "../services.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/** `GET /v1/jobs/{id}/result`: the output and nothing around it. */
export async function getResult(c: Context, services: GatewayServices): Promise<Response> {
  const { waiter, waits } = services;
  const id = jobIdOf(c, services);
  const { waitMs } = readPreference(c.req.header("prefer"), c.req.query("wait"), waits);
  const watch = waiter.watch(id);
  try {
    const { signal } = c.req.raw;
    const job = orGone(await waiter.wait(id, watch, { waitMs, isCreator: false, signal }));
    if (!isTerminal(job.status)) return jobAnswer(job, 202, unfinishedHeaders(waiter.isDraining));
    if (job.status !== "succeeded") return endedBadlyAnswer(job);
    return new Response(job.output ?? "null", {
      headers: { "content-type": "application/json", "cache-control": "no-store" },
    });
  } finally {
    watch.close();
  }
}
