import type { Context } from "hono";
import { DELETED, LOST, type Sought } from "../../shared/job/read.ts";
import { isTerminal, type JobView } from "../../shared/job/record.ts";
import { eventStream, type EventSource, type StreamEvent } from "../http/event-stream.ts";
import { goneEvent } from "../http/gone.ts";
import { readJob } from "./get-job.ts";
import { lookAt, type Looks } from "./job-answer.ts";
import { jobEtag, jobJson } from "./job-json.ts";
import type { JobServices } from "./services.ts";

type Services = Looks & Pick<JobServices, "reader">;

/**
 * `GET /v1/jobs/{id}/events`: the job now, and each change until its end. A client that has seen the
 * end gets 204, on which browsers stop coming back.
 */
export async function jobEvents(
  c: Context,
  services: Services & Pick<JobServices, "ids">,
): Promise<Response> {
  const job = await readJob(c, services);
  const lastSeen = c.req.header("last-event-id");
  if (isTerminal(job.status) && lastSeen === eventTag(job)) {
    return new Response(null, { status: 204 });
  }
  const { waiter } = services;
  const { signal } = c.req.raw;
  return eventStream({ ...courseOf(job.id, services), id: job.id, waiter, lastSeen, signal });
}

/** The course of a job. */
export function courseOf(id: string, services: Services): EventSource<Sought> {
  return {
    read: async () => services.reader.read(id, "follow"),
    describe: async (job) => describe(job, services),
  };
}

async function describe(job: Sought, services: Services): Promise<StreamEvent> {
  if (job === undefined || job === DELETED || job === LOST) return goneEvent("job", job);
  const tag = eventTag(job);
  if (isTerminal(job.status)) return { event: "completed", tag, data: jobJson(job) };
  const standing = await lookAt(job, services);
  return { event: "status", tag, data: jobJson(job, { standing, isBrief: true }) };
}

/** A job's state, and its position in the queue: the id of the event that tells it. */
function eventTag(job: JobView): string {
  const state = jobEtag(job).replaceAll('"', "");
  return job.ahead === undefined ? state : `${state}-${job.ahead}`;
}
