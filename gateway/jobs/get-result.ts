import type { Context } from "hono";
import { isTerminal } from "../../shared/job/record.ts";
import { endedBadlyAnswer } from "./job-answer.ts";
import { readPreference } from "../http/prefer.ts";
import { currentAnswer } from "./unfinished.ts";
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
    const found = await waiter.wait(id, watch, { waitMs, isCreator: false, takes: false, signal });
    const job = orGone(c, found);
    if (!isTerminal(job.status)) return await currentAnswer(job, 202, {}, services);
    if (job.status !== "succeeded") return endedBadlyAnswer(job);
    return new Response(job.output ?? "null", {
      headers: { "content-type": "application/json", "cache-control": "no-store" },
    });
  } finally {
    watch.close();
  }
}
