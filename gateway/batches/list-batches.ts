import type { Context } from "hono";
import { z } from "zod";
import { batchStatuses, type BatchView } from "../../shared/batch/record.ts";
import { DELETED } from "../../shared/job/read.ts";
import { batchJson } from "./batch-json.ts";
import { listAnswer, placeOf, walkList } from "../http/list-answer.ts";
import { isOfModel, listMembers, readQuery } from "../http/query.ts";
import { callerOf } from "../access/caller.ts";
import type { BatchServices } from "./services.ts";

/** Query of `GET /v1/batches`. */
export const batchListQuerySchema = z.strictObject({
  status: z.enum(batchStatuses).optional().describe("Only batches of this status."),
  model: z.string().optional().describe("Only batches of this model: a name, or `name@version`."),
  ...listMembers,
});

/** `GET /v1/batches`: the caller's batches, newest first; pages as with jobs. */
export async function listBatches(
  c: Context,
  { batches }: Pick<BatchServices, "batches">,
): Promise<Response> {
  const query = readQuery(batchListQuerySchema, c.req.query());
  const { tenant } = callerOf(c);
  const { found, next } = await walkList<BatchView>({
    list: async (window) => batches.list(tenant, window),
    read: async (ids) => {
      const views = await batches.readAll(ids);
      return views.map((batch) => {
        if (batch === undefined || batch === DELETED) return undefined;
        const isOfStatus = query.status === undefined || batch.status === query.status;
        return isOfStatus && isOfModel(batch.model, query.model) ? batch : undefined;
      });
    },
    window: {
      after: placeOf(query.cursor, "bat"),
      createdAfterMs: query.created_after,
      createdBeforeMs: query.created_before,
    },
    limit: query.limit,
  });
  const data = found.map((batch) => batchJson(batch));
  return listAnswer(c, data, next);
}
