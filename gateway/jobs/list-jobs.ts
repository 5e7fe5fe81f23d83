import { z } from "zod";
import { jobStatuses, type JobView } from "../../shared/job/view.ts";
import { jobJson } from "./job-json.ts";
import { listAnswer } from "../http/list-answer.ts";
import { isOfModel, listMembers, readQuery } from "../http/query.ts";
import { callerOf } from "../access/caller.ts";
import type { JobServices } from "./services.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** Query of `GET /v1/jobs`. */
export const listQuerySchema = z.strictObject({
  status: z.enum(jobStatuses).optional().describe("Only jobs of this status."),
  model: z.string().optional().describe("Only jobs of this model: a name, or `name@version`."),
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
    isAskedFor: ({ status, model }) =>
      (query.status ?? status) === status && isOfModel(model, query.model),
    show: (job) => jobJson(job, { isBrief: true }),
  });
};
