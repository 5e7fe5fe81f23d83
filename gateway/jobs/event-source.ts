import { isTerminal, type JobView } from "../../shared/job/record.ts";
import { DELETED, LOST, type Sought } from "../../shared/job/read.ts";
import type { GatewayServices } from "../services.ts";
import { goneEvent } from "../http/gone.ts";
import type { EventSource, StreamEvent } from "../http/event-stream.ts";
import { jobEtag, jobJson } from "./job-json.ts";
import { lookAt } from "./unfinished.ts";

/** The course of a job. */
export function jobEvents(id: string, services: GatewayServices): EventSource<Sought> {
  return {
    read: async () => services.reader.read(id, "follow"),
    describe: async (job) => describe(job, services),
  };
}

async function describe(job: Sought, services: GatewayServices): Promise<StreamEvent> {
  if (job === undefined || job === DELETED || job === LOST) return goneEvent("job", job);
  const tag = eventTag(job);
  if (isTerminal(job.status)) return { event: "completed", tag, data: jobJson(job) };
  const standing = await lookAt(job, services);
  return { event: "status", tag, data: jobJson(job, { standing, isBrief: true }) };
}

/** A job's state, and its place in the queue: the id of the event that tells it. */
export function eventTag(job: JobView): string {
  const state = jobEtag(job).replaceAll('"', "");
  return job.ahead === undefined ? state : `${state}-${job.ahead}`;
}
