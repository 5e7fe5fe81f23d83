import { packItems, type BatchItem } from "../../shared/batch/items.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import type { BatchQuota } from "../../shared/batch/batches.ts";
import type { Lane } from "../../shared/lane.ts";
import { testIds } from "./jobs.ts";

/** A batch that a gateway could have made. */
export function newBatch(lane: Lane, more: Partial<NewBatch> = {}): NewBatch {
  return {
    id: testIds.create("bat", "default", Date.now()),
    model: lane.model,
    class: lane.class === "bulk" ? "bulk" : "interactive",
    tenant: "default",
    parameters: "{}",
    metadata: undefined,
    limits: { windowMs: 86_400_000, retentionSeconds: 86_400, maxFailed: undefined },
    webhook: undefined,
    sinkAbove: undefined,
    isEager: false,
    keepsInputs: false,
    idempotency: undefined,
    ...more,
  };
}

/** Room for everything. */
export const batchQuota: BatchQuota = {
  bytes: { laneBytes: 1_000_000_000, tenantBytes: 1_000_000_000 },
  tenantBatches: 1000,
  items: 1_000_000_000,
};

export function textItems(texts: readonly string[]): readonly BatchItem[] {
  return texts.map((text, i) => ({
    customId: `c${i}`,
    parameters: undefined,
    row: Buffer.from(text),
  }));
}

export function packedTexts(texts: readonly string[]): Buffer {
  return packItems(textItems(texts));
}
