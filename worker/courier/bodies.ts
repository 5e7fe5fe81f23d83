import type { ResultFolder } from "../../shared/batch/result-folder.ts";
import { readChunks } from "../../shared/batch/chunk-results.ts";
import { readBatches } from "../../shared/batch/batches.ts";
import { DELETED, type JobView } from "../../shared/job/view.ts";
import { readJobs } from "../../shared/pack/read.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { batchEventBody, batchResultsBody, linesOfPart, resultParts } from "./batch-event.ts";
import type { DeathReason, DeliveryHead } from "../../shared/webhook/delivery.ts";
import { eventBytesMax, jobEventBody, pingBody } from "./job-event.ts";

/** What is sent, or why there is nothing to send any more. */
export type Body = Told | { readonly reason: DeathReason };

export interface Told {
  readonly text: string;
  /** What it is about is found by, as its record has it; see `shared/trace.ts`. */
  readonly trace?: string | undefined;
}

/** Where bodies come from. */
export interface BodyStores {
  readonly redis: Redis;
  /** Results of large batches. */
  readonly folder: ResultFolder;
}

/** Makes the body of a delivery, the same each time. Rejects when a store cannot be asked. */
export type BodySource = (stores: BodyStores, delivery: DeliveryHead) => Promise<Body>;

/** By the first letters of what a delivery tells of. */
const SOURCES: Readonly<Record<string, BodySource>> = {
  job_: jobBody,
  bat_: batchBody,
  whk_: async (_stores, delivery) => Promise.resolve({ text: pingBody(delivery) }),
};

/** @throws when the event is of a kind that this courier does not know: a newer one will send it */
export async function bodyOf(stores: BodyStores, delivery: DeliveryHead): Promise<Body> {
  const source = SOURCES[delivery.resource.slice(0, 4)];
  if (source === undefined) throw new Error(`no events are known of ${delivery.resource}`);
  return source(stores, delivery);
}

async function jobBody({ redis }: BodyStores, delivery: DeliveryHead): Promise<Body> {
  const { resource: id, tenant } = delivery;
  const [job] = await readJobs(redis, "", [{ id, tenant, mode: "read" }]);
  if (job === DELETED) return { reason: "resource_deleted" };
  const text = job && jobEventBody(delivery, await withOutput(redis, delivery, job));
  return text === undefined ? { reason: "resource_expired" } : { text, trace: job?.trace };
}

/** Reads an output that has a key of its own, where there is room for it. */
async function withOutput(redis: Redis, { include }: DeliveryHead, job: JobView): Promise<JobView> {
  const { largeOutput: large } = job;
  if (large === undefined || large.bytes > eventBytesMax(include)) return job;
  const output = await redis.get(large.key);
  return output === null ? job : { ...job, output, largeOutput: undefined };
}

async function batchBody({ redis, folder }: BodyStores, delivery: DeliveryHead): Promise<Body> {
  const [batch] = await readBatches(redis, "", [delivery.resource]);
  if (batch === DELETED) return { reason: "resource_deleted" };
  if (batch === undefined) return { reason: "resource_expired" };
  const { trace } = batch;
  if (delivery.type !== "batch.results") return { text: batchEventBody(delivery, batch), trace };
  const parts = resultParts(delivery.extra);
  const numbers = parts.map(({ chunk }) => chunk);
  const chunks = await readChunks(redis, batch.id, numbers, folder);
  const lines = parts.map((part, i) => {
    const chunk = chunks[i];
    return linesOfPart(part, chunk?.lines ?? chunk?.earlier ?? []);
  });
  return { text: batchResultsBody(delivery, batch, lines.flat()), trace };
}
