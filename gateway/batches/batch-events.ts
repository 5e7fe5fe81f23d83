import type { Context } from "hono";
import { hasEnded } from "../../shared/batch/record.ts";
import { batchEvents as courseOf } from "./event-source.ts";
import { batchEtag } from "./batch-json.ts";
import { eventStream } from "../http/event-stream.ts";
import type { GatewayServices } from "../services.ts";
import { batchIdOf, orBatchGone } from "./find-batch.ts";

/** `GET /v1/batches/{id}/events`: the batch now, and its progress until its end. */
export async function batchEvents(c: Context, services: GatewayServices): Promise<Response> {
  const { batches, batchWaiter: waiter } = services;
  const id = batchIdOf(c, services);
  const batch = orBatchGone(c, await batches.read(id));
  const lastSeen = c.req.header("last-event-id");
  if (hasEnded(batch.status) && lastSeen === batchEtag(batch).replaceAll('"', "")) {
    return new Response(null, { status: 204 });
  }
  const { signal } = c.req.raw;
  return eventStream({ ...courseOf(id, batches), id, waiter, lastSeen, signal });
}
