import type { Context } from "hono";
import type { SoughtBatch } from "../../shared/batch/batches.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import { hasEnded } from "../../shared/batch/record.ts";
import { DELETED, LOST } from "../../shared/job/read.ts";
import { eventStream, type EventSource, type StreamEvent } from "../http/event-stream.ts";
import { goneEvent } from "../http/gone.ts";
import { batchEtag, batchJson } from "./batch-json.ts";
import { readBatch, type Finds } from "./get-batch.ts";
import type { BatchServices } from "./services.ts";

/** `GET /v1/batches/{id}/events`: the batch now, and its progress until its end. */
export async function batchEvents(
  c: Context,
  services: Finds & Pick<BatchServices, "batchWaiter">,
): Promise<Response> {
  const { batches, batchWaiter: waiter } = services;
  const batch = await readBatch(c, services);
  const lastSeen = c.req.header("last-event-id");
  if (hasEnded(batch.status) && lastSeen === eventTag(batch)) {
    return new Response(null, { status: 204 });
  }
  const { id } = batch;
  const { signal } = c.req.raw;
  return eventStream({ ...courseOf(id, batches), id, waiter, lastSeen, signal });
}

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
