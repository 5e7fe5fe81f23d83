import type { Context } from "hono";
import { z } from "zod";
import { jobStatuses, type JobView } from "../../shared/job/record.ts";
import type { ListingPlace } from "../../shared/queue/listing.ts";
import { DELETED } from "../../shared/queue/read.ts";
import { jobJson } from "../answer/job-json.ts";
import { cursorOf, nextLink, placeOf, readQuery } from "../body/query.ts";
import { callerOf } from "../caller.ts";
import type { GatewayServices } from "../services.ts";

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;
/** A filter that nothing passes must not walk a million jobs in one request. */
const LOOKS_MAX = 1000;

const time = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), "is not a time like 2026-01-05T10:00:00Z")
  .transform((text) => Date.parse(text));

/** Query of `GET /v1/jobs`. */
export const listQuerySchema = z.strictObject({
  status: z.enum(jobStatuses).optional().describe("Only jobs of this status."),
  model: z.string().optional().describe("Only jobs of this model: a name, or `name@version`."),
  created_after: time.optional().describe("Only jobs created later (RFC 3339)."),
  created_before: time.optional().describe("Only jobs created earlier (RFC 3339)."),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  cursor: z.string().optional().describe("`next_cursor` of the page before."),
});

type Query = z.infer<typeof listQuerySchema>;

/**
 * `GET /v1/jobs`: the caller's jobs, newest first, without their outputs. A page may be short, even
 * empty, and still have a next one: at most 1,000 jobs are looked at for it.
 */
export async function listJobs(c: Context, services: GatewayServices): Promise<Response> {
  const query = readQuery(listQuerySchema, c.req.query());
  const { found, next } = await walk(callerOf(c).tenant, query, services);
  const cursor = next === undefined ? null : cursorOf(next);
  const data = found.map((job) => jobJson(job, { isBrief: true })).join(",");
  const body = `{"object":"list","data":[${data}],"next_cursor":${JSON.stringify(cursor)}}\n`;
  return new Response(body, {
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...nextLink(c.req.url, cursor),
    },
  });
}

interface Page {
  readonly found: readonly JobView[];
  /** The last job that was looked at, when there may be more behind it. */
  readonly next: ListingPlace | undefined;
}

async function walk(tenant: string, query: Query, services: GatewayServices): Promise<Page> {
  const { jobs, reader } = services;
  const found: JobView[] = [];
  let after = query.cursor === undefined ? undefined : placeOf(query.cursor, /^job_[0-9a-z]{26}$/);
  for (let looks = 0; looks < LOOKS_MAX; looks += LIMIT_MAX) {
    const places = await jobs.list(tenant, {
      after,
      createdAfterMs: query.created_after,
      createdBeforeMs: query.created_before,
      count: LIMIT_MAX,
    });
    const views = await Promise.all(places.map(async ({ id }) => reader.read(id, "read")));
    for (const [i, job] of views.entries()) {
      after = places[i];
      if (job !== undefined && job !== DELETED && isAskedFor(job, query)) found.push(job);
      const isLast = i === places.length - 1 && places.length < LIMIT_MAX;
      if (found.length === query.limit) return { found, next: isLast ? undefined : after };
    }
    if (places.length < LIMIT_MAX) return { found, next: undefined };
  }
  return { found, next: after };
}

function isAskedFor(job: JobView, { status, model }: Query): boolean {
  if (status !== undefined && job.status !== status) return false;
  return model === undefined || job.model === model || job.model.split("@")[0] === model;
}
