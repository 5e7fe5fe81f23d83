import type { Context } from "hono";
import { z } from "zod";
import type { BatchView } from "../../shared/batch/fields.ts";
import { callerOf } from "../access/caller.ts";
import { orGone, ownId, goneEvent } from "../http/gone.ts";
import { listAnswer } from "../http/list-answer.ts";
import { preferenceOf } from "../http/prefer.ts";
import { isOfModel, listMembers, readQuery } from "../http/query.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { listIds } from "../../shared/redis/listing.ts";
import { deliveriesOf } from "../webhooks/deliveries.ts";
import { batchAnswer, batchEtag, batchJson } from "./batch-answer.ts";
import type { BatchServices } from "./services.ts";
import type { SoughtBatch } from "../../shared/batch/batches.ts";
import { batchStatuses, hasEnded } from "../../shared/batch/record.ts";
import { DELETED, LOST } from "../../shared/job/view.ts";
import { eventStream, type EventSource, type StreamEvent } from "../http/event-stream.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** The id in the path. @throws {ScoringError} `not_found` unless it is one of the caller's */
export function batchIdOf(c: Context, { ids }: Pick<BatchServices, "ids">): string {
  return ownId("batch", c.req.param("id") ?? "", callerOf(c).tenant, ids);
}

/** What finds the batch that a path names. */
export type Finds = Pick<BatchServices, "ids" | "batches">;

/** The batch of the id in the path, or why it is not there; `orGone` says how. */
export async function readBatch(c: Context, services: Finds): Promise<BatchView> {
  const found = await services.batches.read(batchIdOf(c, services));
  return orGone("batch", found, callerOf(c).tenant);
}

/** `GET /v1/batches/{id}`: the batch as it is, or as it is once it has ended. */
export const getBatch: Handler<Finds & Pick<BatchServices, "batchWaiter" | "waits">> = async (
  c,
  services,
) => {
  const id = batchIdOf(c, services);
  const preference = preferenceOf(c, services.waits);
  const found = await waitForBatch(c, id, preference.waitMs, services);
  const batch = orGone("batch", found, callerOf(c).tenant);
  const answer = batchAnswer(batch, 200, { preference: { ...preference, isMinimal: false } });
  if (c.req.header("if-none-match") !== batchEtag(batch)) return answer;
  answer.headers.delete("content-type");
  return new Response(null, { status: 304, headers: answer.headers });
};

/** The batch once it or the wait has ended. */
export async function waitForBatch(
  c: Context,
  id: string,
  waitMs: number,
  { batches, batchWaiter }: Pick<BatchServices, "batches" | "batchWaiter">,
): Promise<SoughtBatch> {
  const read = async (mode: "read" | "wait") => batches.read(id, mode);
  return batchWaiter.follow(id, { read, waitMs, signal: c.req.raw.signal });
}

/** `GET /v1/batches/{id}/deliveries`: what is told of a batch's events, oldest first. */
export const listDeliveriesOfBatch: Handler<Finds & Pick<BatchServices, "webhooks">> = async (
  c,
  services,
) => {
  const { id } = await readBatch(c, services);
  return deliveriesOf(id, services);
};

/** `GET /v1/batches/{id}/events`: the batch now, and its progress until its end. */
export const batchEvents: Handler<Finds & Pick<BatchServices, "batchWaiter">> = async (
  c,
  services,
) => {
  const { batches, batchWaiter: waiter } = services;
  const batch = await readBatch(c, services);
  const lastSeen = c.req.header("last-event-id");
  if (hasEnded(batch.status) && lastSeen === eventTag(batch)) {
    return new Response(null, { status: 204 });
  }
  const { id } = batch;
  const { signal } = c.req.raw;
  return eventStream({ ...courseOf(id, batches), id, waiter, lastSeen, signal });
};

/** Between two looks at a batch that changes with each chunk, in ms. */
const PACE_MS = 250;

/** The progress of a batch; states in between are left out. */
function courseOf(id: string, batches: BatchServices["batches"]): EventSource<SoughtBatch> {
  let nextMs = 0;
  return {
    read: async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
      nextMs = performance.now() + PACE_MS;
      return batches.read(id, "follow");
    },
    describe: async (batch) => Promise.resolve(describe(batch)),
  };
}

function describe(batch: SoughtBatch): StreamEvent {
  if (batch === undefined || batch === DELETED || batch === LOST) return goneEvent("batch", batch);
  const event = hasEnded(batch.status) ? "completed" : "status";
  return { event, tag: eventTag(batch), data: batchJson(batch) };
}

function eventTag(batch: BatchView): string {
  return batchEtag(batch).replaceAll('"', "");
}

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
