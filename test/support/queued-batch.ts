import type { Redis } from "ioredis";
import { z } from "zod";
import { packItems, type BatchItem } from "../../shared/batch/items.ts";
import { splitLines } from "../../shared/batch/lines.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import { sweepBatch } from "../../shared/batch/sweep.ts";
import { appendChunk, createBatch, moveBatch } from "../../shared/batch/batches.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import type { Lane } from "../../shared/lane.ts";
import { keys } from "./redis-keys.ts";
import { testIds } from "./jobs.ts";
import { until } from "./until.ts";

const PLENTY = 1_000_000_000;

export function rowItem(text: string, customId?: string): BatchItem {
  return { customId, parameters: undefined, row: Buffer.from(text) };
}

/**
 * A batch as a gateway would have queued it.
 *
 * @param chunks its items, by the chunks that they travel in
 * @param more what is different about it
 * @returns its id
 */
export async function queueBatch(
  redis: Redis,
  lane: Lane,
  chunks: readonly (readonly BatchItem[])[],
  more: Partial<NewBatch> = {},
): Promise<string> {
  const tenant = "default";
  const id = more.id ?? testIds.create("bat", tenant, Date.now());
  const batch: NewBatch = {
    id,
    model: lane.model,
    class: lane.class === "bulk" ? "bulk" : "interactive",
    tenant,
    parameters: "{}",
    metadata: undefined,
    limits: { windowMs: 3_600_000, retentionSeconds: 3600, maxFailed: undefined },
    webhook: undefined,
    sinkAbove: undefined,
    isEager: false,
    keepsInputs: false,
    idempotency: undefined,
    ...more,
  };
  await createBatch(redis, batch, PLENTY);
  const bytes = { laneBytes: PLENTY, tenantBytes: PLENTY };
  let firstIndex = 0;
  for (const [number, items] of chunks.entries()) {
    const [packed, count] = [packItems(items), items.length];
    const chunk = { batch: id, lane, tenant, number, firstIndex, items: count, packed };
    const quota = { bytes, tenantBatches: PLENTY, items: PLENTY };
    await appendChunk(redis, { ...chunk, hasCustomIds: true }, quota);
    firstIndex += count;
  }
  await moveBatch(redis, { id, tenant, move: "close", tenantBatches: PLENTY });
  await sweepBatch(id, { redis, shifts: new Shifts(redis) });
  return id;
}

const lineSchema = z.object({
  index: z.number(),
  custom_id: z.string().nullable(),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.object({ code: z.string() }).loose().optional(),
  metrics: z.object({ batch_size: z.number(), inference_ms: z.number() }).optional(),
});
export type ResultLine = z.infer<typeof lineSchema>;

/** What a chunk put out, when it has ended. @param chunk `<batch id>/<number>` */
export async function linesOf(redis: Redis, chunk: string): Promise<ResultLine[]> {
  const isEnded = async (): Promise<boolean> => (await redis.hget(keys.pack(chunk), "s")) === "e";
  await until(`${chunk} has ended`, isEnded);
  const text = (await redis.get(keys.chunkLines(chunk))) ?? "";
  return splitLines(text).map((line) => lineSchema.parse(JSON.parse(line)));
}
