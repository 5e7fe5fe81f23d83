import type { Context } from "hono";
import { z } from "zod";
import { jobStatuses, type JobView } from "../../shared/job/record.ts";
import { DELETED, LOST } from "../../shared/job/read.ts";
import { jobJson } from "./job-json.ts";
import { listAnswer, placeOf, walkList } from "../http/list-answer.ts";
import { isOfModel, listMembers, readQuery } from "../http/query.ts";
import { callerOf } from "../access/caller.ts";
import type { JobServices } from "./services.ts";

/** Query of `GET /v1/jobs`. */
export const listQuerySchema = z.strictObject({
  status: z.enum(jobStatuses).optional().describe("Only jobs of this status."),
  model: z.string().optional().describe("Only jobs of this model: a name, or `name@version`."),
  ...listMembers,
});

type Query = z.infer<typeof listQuerySchema>;

/**
 * `GET /v1/jobs`: the caller's jobs, newest first, without their outputs. A page may be short, even
 * empty, and still have a next one: at most 1,000 jobs are looked at for it.
 */
export async function listJobs(
  c: Context,
  { jobs, reader }: Pick<JobServices, "jobs" | "reader">,
): Promise<Response> {
  const query = readQuery(listQuerySchema, c.req.query());
  const { tenant } = callerOf(c);
  const { found, next } = await walkList<JobView>({
    list: async (window) => jobs.list(tenant, window),
    read: async (ids) => {
      const views = await Promise.all(ids.map(async (id) => reader.read(id, "read")));
      return views.map((job) =>
        job !== undefined && job !== DELETED && job !== LOST && isAskedFor(job, query)
          ? job
          : undefined,
      );
    },
    window: {
      after: placeOf(query.cursor, "job"),
      createdAfterMs: query.created_after,
      createdBeforeMs: query.created_before,
    },
    limit: query.limit,
  });
  const data = found.map((job) => jobJson(job, { isBrief: true }));
  return listAnswer(c, data, next);
}

/** Whether something of this model passes the filters of a list. */
function isAskedFor(job: JobView, { status, model }: Query): boolean {
  if (status !== undefined && job.status !== status) return false;
  return isOfModel(job.model, model);
}
