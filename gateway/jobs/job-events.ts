import type { Context } from "hono";
import { isTerminal } from "../../shared/job/record.ts";
import { eventStream } from "../http/event-stream.ts";
import { eventTag, jobEvents as courseOf } from "./event-source.ts";
import type { GatewayServices } from "../services.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/**
 * `GET /v1/jobs/{id}/events`: the job now, and each change until its end. A client that has seen the
 * end gets 204, on which browsers stop coming back.
 */
export async function jobEvents(c: Context, services: GatewayServices): Promise<Response> {
  const id = jobIdOf(c, services);
  const job = orGone(c, await services.reader.read(id, "read"));
  const lastSeen = c.req.header("last-event-id");
  if (isTerminal(job.status) && lastSeen === eventTag(job)) {
    return new Response(null, { status: 204 });
  }
  const { waiter } = services;
  const { signal } = c.req.raw;
  return eventStream({ ...courseOf(id, services), id, waiter, lastSeen, signal });
}
