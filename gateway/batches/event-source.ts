import { hasEnded } from "../../shared/batch/record.ts";
import type { SoughtBatch } from "../../shared/batch/batches.ts";
import { DELETED, LOST } from "../../shared/job/read.ts";
import type { BatchStore } from "./batch-store.ts";
import { batchEtag, batchJson } from "./batch-json.ts";
import type { EventSource, StreamEvent } from "../http/event-stream.ts";
import { goneEvent } from "../http/gone.ts";

/** Between two looks at a batch that changes with each chunk, in ms. */
const PACE_MS = 250;

/** The progress of a batch; states in between are left out. */
export function batchEvents(id: string, store: BatchStore): EventSource<SoughtBatch> {
  let nextMs = 0;
  return {
    read: async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
      nextMs = performance.now() + PACE_MS;
      return store.read(id, "follow");
    },
    describe: async (batch) => Promise.resolve(describe(batch)),
  };
}

function describe(batch: SoughtBatch): StreamEvent {
  if (batch === undefined || batch === DELETED || batch === LOST) return goneEvent("batch", batch);
  const event = hasEnded(batch.status) ? "completed" : "status";
  return { event, tag: batchEtag(batch).replaceAll('"', ""), data: batchJson(batch) };
}
