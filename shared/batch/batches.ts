import type { Redis } from "ioredis";
import { ScoringError, toProblem } from "../error.ts";
import { IDEMPOTENCY_SECONDS } from "../job/idempotency.ts";
import type { Quota } from "../job/quota.ts";
import { TOMBSTONE_SECONDS, type DELETED, type LOST } from "../job/view.ts";
import { flowFields, pauseFunctions, wakeFunctions } from "../lane/flow.ts";
import { laneName, type Lane } from "../lane.ts";
import { keysFor } from "../redis/keys.ts";
import { asList, asNumber, asOneOf, asText, script, type Reply } from "../redis/script.ts";
import { recentFunctions } from "../redis/recent.ts";
import { deliverEnd } from "../webhook/deliver.ts";
import {
  batchFields,
  chunkFields,
  launchFunctions,
  shownFields,
  type BatchView,
} from "./fields.ts";
import { BATCH_VERSION, type NewBatch } from "./record.ts";

const at = (file: string): URL => new URL(file, import.meta.url);
const writes = { BATCH: batchFields };
const createScript = script(at("./create.lua"), {
  keys: ["batch", "listing", "flow", "idempotency?"],
  args: ["id", "tenant", "most", "fingerprint", "windowMs", "boundSeconds"],
  rest: "fields",
  writes: { ...writes, FLOW: flowFields },
});
const appendScript = script(at("./append.lua"), {
  behind: [recentFunctions, pauseFunctions, wakeFunctions, launchFunctions],
  keys: ["batch", "chunk", "input", "flow", "recent"],
  args: [
    "firstIndex",
    "count",
    "packed",
    "itemsMost",
    "laneBytes",
    "tenantBytes",
    "hasCustomIds",
    "number",
    "lane",
  ],
  reads: {
    readOpen: batchFields.pick("status", "items", "chunks", "isEager", "tenant"),
    readChunk: chunkFields.pick("firstIndex", "items"),
  },
  writes: { BATCH: batchFields, CHUNK: chunkFields, FLOW: flowFields },
});
const moveScript = script(at("./move.lua"), {
  behind: [deliverEnd],
  keys: ["batch", "listing", "done"],
  /** `attempt`: of a retry, the one that ended. `token`: the same one twice is the same retry. */
  args: ["id", "move", "leaseMs", "most", "tombstoneSeconds", "windowOver", "attempt", "token"],
  reads: { readBatch: batchFields },
  writes: { ...writes, FLOW: flowFields },
});
const readScript = script(at("./read.lua"), {
  args: ["gateway"],
  each: { keys: ["batch"], args: ["mode"] },
  reads: { readBatch: shownFields },
  writes,
});

/** Most that batches may hold. */
export interface BatchQuota {
  readonly bytes: Pick<Quota, "laneBytes" | "tenantBytes">;
  /** Unfinished batches of a tenant. */
  readonly tenantBatches: number;
  /** Items of one batch. */
  readonly items: number;
}

/** All but `created` stored nothing; `replayed`: the key of the request is bound to this batch. */
export type CreateVerdict =
  | { readonly kind: "created" | "key_reused" | "tenant_full" | "paused" }
  | { readonly kind: "replayed"; readonly id: string };

const createKinds = ["created", "replayed", "key_reused", "tenant_full", "paused"] as const;

/** @throws when Redis refused, or its reply was lost */
export async function createBatch(
  redis: Redis,
  batch: NewBatch,
  tenantBatches: number,
): Promise<CreateVerdict> {
  const { id, tenant, limits, idempotency, isEager, keepsInputs, ...fields } = batch;
  const keptSeconds = Math.ceil(limits.windowMs / 1000) + limits.retentionSeconds;
  const keys = keysFor(id);
  const reply = await createScript.run(redis, {
    batch: keys.batch(id),
    listing: keys.batches(tenant),
    flow: keys.flow({ model: batch.model, class: batch.class }),
    // None, and not an empty one: that is a key too, which no user of Redis of ours may touch.
    idempotency: idempotency && keys.idempotency(idempotency.scope),
    id,
    tenant,
    most: tenantBatches,
    fingerprint: idempotency?.fingerprint ?? "",
    windowMs: limits.windowMs,
    boundSeconds: Math.max(IDEMPOTENCY_SECONDS, keptSeconds),
    fields: batchFields.encode({
      ...fields,
      version: BATCH_VERSION,
      status: "validating",
      items: 0,
      chunks: 0,
      tenant,
      limits,
      isEager: isEager ? "1" : undefined,
      keepsInputs: keepsInputs ? "1" : undefined,
    }),
  });
  const [word, detail] = asList(reply);
  const kind = asOneOf(word, createKinds);
  return kind === "replayed" ? { kind, id: asText(detail) ?? "" } : { kind };
}

export interface NewChunk {
  readonly batch: string;
  readonly lane: Lane;
  /** From 0. */
  readonly number: number;
  /** Index of its first item in the batch. */
  readonly firstIndex: number;
  readonly items: number;
  /** By `batch/items.ts`. */
  readonly packed: Buffer;
  readonly hasCustomIds: boolean;
}

export interface AppendVerdict {
  /** All but `appended` stored nothing. `out_of_place`: another item is the next one. */
  readonly kind: (typeof appendKinds)[number];
  /** Items that the batch has now. */
  readonly received: number;
  /** The chunk was queued, and a shift is to be added for it. */
  readonly isToArm: boolean;
}

const appendKinds = [
  "appended",
  "out_of_place",
  "closed",
  "missing",
  "too_many",
  "bytes_full",
] as const;

/** @throws when Redis refused, or its reply was lost */
export async function appendChunk(
  redis: Redis,
  chunk: NewChunk,
  quota: BatchQuota,
): Promise<AppendVerdict> {
  const name = `${chunk.batch}/${chunk.number}`;
  const keys = keysFor(chunk.batch);
  const reply = await appendScript.run(redis, {
    batch: keys.batch(chunk.batch),
    chunk: keys.pack(name),
    input: keys.chunkItems(name),
    flow: keys.flow(chunk.lane),
    recent: keys.recent(chunk.lane.model),
    firstIndex: chunk.firstIndex,
    count: chunk.items,
    packed: chunk.packed,
    itemsMost: quota.items,
    ...quota.bytes,
    hasCustomIds: chunk.hasCustomIds ? 1 : 0,
    number: chunk.number,
    lane: laneName(chunk.lane),
  });
  const [word, received, arm] = asList(reply);
  const kind = asOneOf(word, appendKinds);
  return { kind, received: asNumber(received) ?? 0, isToArm: arm === 1 };
}

export type BatchMove = "close" | "cancel" | "expire" | "retry" | "erase";

/** All but `done` changed nothing; a move that had been made before is `done` as well. */
export type MoveVerdict = (typeof moveVerdicts)[number];

const moveVerdicts = [
  "done",
  "missing",
  "empty",
  "closed",
  "ended",
  "not_ended",
  "never_closed",
  "not_retryable",
  "tenant_full",
  "paused",
  "early",
] as const;

/** How long a sweep may stand still before the courier goes on with it, in ms. */
export const SWEEP_LEASE_MS = 5000;

const WINDOW_OVER = JSON.stringify(
  toProblem(new ScoringError("deadline_exceeded", "The batch did not end within its window.")),
);

export interface MoveOptions {
  readonly id: string;
  readonly tenant: string;
  readonly move: BatchMove;
  /** Unfinished batches that a tenant may have: a retry makes one. */
  readonly tenantBatches: number;
  /** For a retry: the attempt that ended. */
  readonly attempt?: number;
  /** For a retry: unique to it; the same token twice is the same retry. */
  readonly token?: string;
}

/**
 * Begins what is done to a whole batch; `sweepBatch` does the rest.
 *
 * @throws when Redis refused, or its reply was lost
 */
export async function moveBatch(redis: Redis, options: MoveOptions): Promise<MoveVerdict> {
  const { id, tenant, move, tenantBatches, attempt = 1, token = "" } = options;
  const keys = keysFor(id);
  const reply = await moveScript.run(redis, {
    batch: keys.batch(id),
    listing: keys.batches(tenant),
    done: keys.batchDone(id),
    id,
    move,
    leaseMs: SWEEP_LEASE_MS,
    most: tenantBatches,
    tombstoneSeconds: TOMBSTONE_SECONDS,
    windowOver: WINDOW_OVER,
    attempt,
    token,
  });
  return asOneOf(reply, moveVerdicts);
}

export type FoundBatch = BatchView | typeof DELETED | undefined;
export type SoughtBatch = FoundBatch | typeof LOST;

/** As with jobs: `wait` asks to be told when it ends, `follow` at every change. */
export type BatchReadMode = "read" | "wait" | "follow";

const MODES: Readonly<Record<BatchReadMode, string>> = { read: "", wait: "w", follow: "e" };

/**
 * @param gateway written down as waiting, unless `mode` is `read`
 * @returns `deleted` for a tombstone, undefined when there is no record
 */
export async function readBatches(
  redis: Redis,
  gateway: string,
  ids: readonly string[],
  mode: BatchReadMode = "read",
): Promise<readonly FoundBatch[]> {
  if (ids.length === 0) return [];
  const reply = await readScript.run(redis, {
    gateway,
    items: ids.map((id) => ({ batch: keysFor(id).batch(id), mode: MODES[mode] })),
  });
  const found = asList(reply);
  return ids.map((id, i) => viewOf(id, found[i]));
}

function viewOf(id: string, reply: Reply | undefined): FoundBatch {
  if (!Array.isArray(reply)) return undefined;
  const [record, expires, now] = asList(reply);
  const { status, ...fields } = shownFields.decodeReply(asList(record));
  if (status === "deleted") return status;
  const { items: total, running, succeeded, failed, canceled, expired } = fields;
  const queued = total - running - succeeded - failed - canceled - expired;
  return {
    id,
    status,
    ...fields,
    counts: { total, queued, running, succeeded, failed, canceled, expired },
    expiresAtMs: asNumber(expires),
    readAtMs: asNumber(now) ?? 0,
  };
}
