import type { Context } from "hono";
import { z } from "zod";
import { DELETED, isTerminal, jobStatuses, LOST } from "../../shared/job/view.ts";
import type { JobView, Sought } from "../../shared/job/view.ts";
import { callerOf } from "../access/caller.ts";
import { JSON_HEADERS } from "../http/answers.ts";
import { orGone, ownId, goneEvent } from "../http/gone.ts";
import { hangUpOf } from "../http/hang-up.ts";
import { listAnswer } from "../http/list-answer.ts";
import { preferenceOf, type Preference } from "../http/prefer.ts";
import { isOfModel, listMembers, readQuery } from "../http/query.ts";
import { deliveriesOf } from "../webhooks/deliveries.ts";
import {
  bareAnswer,
  currentAnswer,
  endedBadlyAnswer,
  jobAnswer,
  lookAt,
  retryHeaders,
  type Looks,
} from "./job-answer.ts";
import { jobEtag, jobJson } from "./job-json.ts";
import { outputBody, wholeText, withOutput } from "./large-output.ts";
import type { JobServices } from "./services.ts";
import { eventStream, type EventSource, type StreamEvent } from "../http/event-stream.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** The id in the path. @throws {ScoringError} `not_found` unless it is one of the caller's */
export function jobIdOf(c: Context, { ids }: Pick<JobServices, "ids">): string {
  return ownId("job", c.req.param("id") ?? "", callerOf(c).tenant, ids);
}

/** The job of the id in the path, or why it is not there; `orGone` says how. */
export async function readJob(
  c: Context,
  services: Pick<JobServices, "ids" | "reader">,
): Promise<JobView> {
  const { tenant } = callerOf(c);
  const found = await services.reader.read(jobIdOf(c, services), tenant, "read");
  return orGone("job", found, tenant);
}

type Waiting = Looks & Pick<JobServices, "ids" | "waits" | "reader">;

/** `GET /v1/jobs/{id}`: the job as it is, or as it is once it has ended. */
export const getJob: Handler<Waiting> = async (c, services) => {
  const { job, applied } = await awaitJob(c, services);
  const standing = await lookAt(job, services);
  const headers = {
    ...retryHeaders(standing, services),
    ...(applied === undefined ? {} : { "preference-applied": applied }),
  };
  if (c.req.header("if-none-match") === jobEtag(job)) return bareAnswer(job, 304, headers);
  return jobAnswer(job, 200, { headers, standing, reader: services.reader });
};

/** `GET /v1/jobs/{id}/result`: the output and nothing around it. */
export const getResult: Handler<Waiting> = async (c, services) => {
  const { job } = await awaitJob(c, services);
  if (!isTerminal(job.status)) return currentAnswer(job, 202, {}, services);
  if (job.status !== "succeeded") return endedBadlyAnswer(job);
  const { body, headers } = outputBody(job, services.reader);
  return new Response(body, { headers: { ...JSON_HEADERS, ...headers } });
};

async function awaitJob(
  c: Context,
  services: Waiting,
): Promise<Pick<Preference, "applied"> & { readonly job: JobView }> {
  const id = jobIdOf(c, services);
  const { waitMs, applied } = preferenceOf(c, services.waits);
  const { tenant } = callerOf(c);
  const found = await services.waiter.follow(id, tenant, waitMs, hangUpOf(c));
  return { job: orGone("job", found, tenant), applied };
}

/** `GET /v1/jobs/{id}/deliveries`: what is told of a job's events, oldest first. */
export const listDeliveriesOfJob: Handler<
  Pick<JobServices, "ids" | "reader" | "webhooks">
> = async (c, services) => {
  const { id } = await readJob(c, services);
  return deliveriesOf(id, services);
};

type Services = Looks & Pick<JobServices, "reader">;

/**
 * `GET /v1/jobs/{id}/events`: the job now, and each change until its end. A client that has seen the
 * end gets 204, on which browsers stop coming back.
 */
export const jobEvents: Handler<Services & Pick<JobServices, "ids">> = async (c, services) => {
  const job = await readJob(c, services);
  const lastSeen = c.req.header("last-event-id");
  if (isTerminal(job.status) && lastSeen === eventTag(job)) {
    return new Response(null, { status: 204 });
  }
  const { waiter } = services;
  const signal = hangUpOf(c);
  return eventStream({ ...courseOf(job, services), id: job.id, waiter, lastSeen, signal });
};

/** The course of a job. */
export function courseOf(
  { id, tenant }: Pick<JobView, "id" | "tenant">,
  services: Services,
): EventSource<Sought> {
  return {
    read: async () => services.reader.read(id, tenant, "follow"),
    describe: async (job) => describe(job, services),
  };
}

async function describe(job: Sought, services: Services): Promise<StreamEvent> {
  if (job === undefined || job === DELETED || job === LOST) return goneEvent("job", job);
  const tag = eventTag(job);
  if (isTerminal(job.status)) {
    const text = jobJson(job, { fillsHole: true });
    const data = await wholeText(withOutput(text, job, services.reader));
    return { event: "completed", tag, data };
  }
  const standing = await lookAt(job, services);
  return { event: "status", tag, data: jobJson(job, { standing, isBrief: true }) };
}

/** A job's state, and its position in the queue: the id of the event that tells it. */
function eventTag(job: JobView): string {
  const state = jobEtag(job).replaceAll('"', "");
  return job.ahead === undefined ? state : `${state}-${job.ahead}`;
}

/** Query of `GET /v1/jobs`. */
export const listQuerySchema = z.strictObject({
  status: z.enum(jobStatuses).optional().describe("Only jobs of this status."),
  model: z.string().optional().describe("Only jobs of this model: a name, or `name@version`."),
  endpoint: z.string().optional().describe("Only jobs that this endpoint chose a version for."),
  ...listMembers,
});

/**
 * `GET /v1/jobs`: the caller's jobs, newest first, without their outputs. A page may be short, even
 * empty, and still have a next one: at most 1,000 jobs are looked at for it.
 */
export const listJobs: Handler<Pick<JobServices, "jobs" | "reader">> = async (
  c,
  { jobs, reader },
) => {
  const query = readQuery(listQuerySchema, c.req.query());
  const { tenant } = callerOf(c);
  return listAnswer<JobView>(c, query, {
    prefix: "job",
    list: async (window) => jobs.list(tenant, window),
    read: async (ids) => Promise.all(ids.map(async (id) => reader.read(id, tenant, "list"))),
    isAskedFor: ({ status, model, via }) =>
      (query.status ?? status) === status &&
      isOfModel(model, query.model) &&
      (query.endpoint ?? via?.endpoint) === via?.endpoint,
    show: (job) => jobJson(job, { isBrief: true }),
  });
};
