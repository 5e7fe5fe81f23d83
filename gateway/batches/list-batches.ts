import { z } from "zod";
import type { BatchView } from "../../shared/batch/fields.ts";
import { batchStatuses } from "../../shared/batch/record.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { listIds } from "../../shared/redis/listing.ts";
import { batchJson } from "./batch-json.ts";
import { listAnswer } from "../http/list-answer.ts";
import { isOfModel, listMembers, readQuery } from "../http/query.ts";
import { callerOf } from "../access/caller.ts";
import type { BatchServices } from "./services.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** Query of `GET /v1/batches`. */
export const batchListQuerySchema = z.strictObject({
  status: z.enum(batchStatuses).optional().describe("Only batches of this status."),
  model: z.string().optional().describe("Only batches of this model: a name, or `name@version`."),
  ...listMembers,
});

/** `GET /v1/batches`: the caller's batches, newest first; pages as with jobs. */
export const listBatches: Handler<Pick<BatchServices, "batches">> = async (c, { batches }) => {
  const query = readQuery(batchListQuerySchema, c.req.query());
  const { tenant } = callerOf(c);
  return listAnswer<BatchView>(c, query, {
    prefix: "bat",
    list: async (window) => batches.ask(listIds, keys.batches(tenant), window),
    read: async (ids) => batches.readAll(ids),
    isAskedFor: ({ status, model }) =>
      (query.status ?? status) === status && isOfModel(model, query.model),
    show: (batch) => batchJson(batch),
  });
};
