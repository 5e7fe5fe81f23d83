import type { Redis } from "ioredis";
import {
  BATCH_VERSION,
  batchStatuses,
  packBatchLimits,
  unpackBatchLimits,
  type BatchView,
  type NewBatch,
} from "./record.ts";
import { ScoringError, toProblem } from "../error.ts";
import { asList, asNumber, asOneOf, asText, Script, type Reply } from "../redis/script.ts";
import { IDEMPOTENCY_SECONDS, type Quota } from "../job/accept.ts";
import { TOMBSTONE_SECONDS } from "../job/erase.ts";
import { jobClasses, type Lane } from "../lane.ts";
import { keysFor } from "../redis/keys.ts";
import { deliverEnd } from "../webhook/deliver.ts";
import { DELETED, LOST } from "../job/read.ts";

const at = (file: string) => ({ url: new URL(file, import.meta.url) });
const createScript = new Script([at("./create.lua")]);
const appendScript = new Script([at("./chunk-append.lua")]);
const moveScript = new Script([deliverEnd, at("./move.lua")]);
const readScript = new Script([at("./read.lua")]);

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
  | { readonly kind: "created" | "key_reused" | "tenant_full" }
  | { readonly kind: "replayed"; readonly id: string };

const createKinds = ["created", "replayed", "key_reused", "tenant_full"] as const;

/** @throws when Redis refused, or its reply was lost */
export async function createBatch(
  redis: Redis,
  batch: NewBatch,
  tenantBatches: number,
): Promise<CreateVerdict> {
  const { id, tenant, limits, idempotency } = batch;
  const keptSeconds = Math.ceil(limits.windowMs / 1000) + limits.retentionSeconds;
  const keys = keysFor(id);
  const reply = await createScript.run(
    redis,
    [
      keys.batch(id),
      keys.batches(tenant),
      keys.batchWork,
      keys.tenant(tenant),
      keys.tenants,
      // None, and not an empty one: that is a key too, which no user of Redis of ours may touch.
      ...(idempotency === undefined ? [] : [keys.idempotency(idempotency.scope)]),
    ],
    [
      id,
      tenantBatches,
      tenant,
      idempotency?.fingerprint ?? "",
      IDEMPOTENCY_SECONDS,
      limits.windowMs,
      Math.max(IDEMPOTENCY_SECONDS, keptSeconds),
      ...fieldsOf(batch),
    ],
  );
  const [word, detail] = asList(reply);
  const kind = asOneOf(word, createKinds);
  return kind === "replayed" ? { kind, id: asText(detail) ?? "" } : { kind };
}

function fieldsOf(batch: NewBatch): readonly (string | number)[] {
  const { metadata, webhook, sinkAbove } = batch;
  const fields = {
    v: BATCH_VERSION,
    m: batch.model,
    c: batch.class,
    t: batch.tenant,
    s: "validating",
    n: 0,
    k: 0,
    p: batch.parameters,
    l: packBatchLimits(batch.limits),
    ...(metadata === undefined ? {} : { d: metadata }),
    ...(webhook === undefined ? {} : { wh: webhook }),
    ...(sinkAbove === undefined ? {} : { so: sinkAbove }),
  };
  return Object.entries(fields).flat();
}

export interface NewChunk {
  readonly batch: string;
  readonly lane: Lane;
  readonly tenant: string;
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
  const reply = await appendScript.run(
    redis,
    [
      keys.batch(chunk.batch),
      keys.chunk(name),
      keys.chunkItems(name),
      keys.flow(chunk.lane),
      keys.tenant(chunk.tenant),
    ],
    [
      chunk.firstIndex,
      chunk.items,
      chunk.packed,
      quota.items,
      quota.bytes.laneBytes,
      quota.bytes.tenantBytes,
      chunk.hasCustomIds ? 1 : 0,
      chunk.number,
    ],
  );
  const [word, received] = asList(reply);
  return { kind: asOneOf(word, appendKinds), received: asNumber(received) ?? 0 };
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
  const { id, tenant, move, tenantBatches, attempt, token } = options;
  const keys = keysFor(id);
  const reply = await moveScript.run(
    redis,
    [
      keys.batch(id),
      keys.batches(tenant),
      keys.batchWork,
      keys.batchDone(id),
      keys.batchNews,
      keys.batchSinks,
    ],
    [
      id,
      move,
      SWEEP_LEASE_MS,
      keys.tenant(""),
      tenantBatches,
      TOMBSTONE_SECONDS,
      WINDOW_OVER,
      attempt ?? 1,
      keys.hooks(""),
      token ?? "",
    ],
  );
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
  const reply = await readScript.run(
    redis,
    ids.map((id) => keysFor(id).batch(id)),
    [gateway, ...ids.map(() => MODES[mode])],
  );
  const found = asList(reply);
  return ids.map((id, i) => viewOf(id, found[i]));
}

function viewOf(id: string, reply: Reply | undefined): FoundBatch {
  if (!Array.isArray(reply)) return undefined;
  const fields = reply as readonly Reply[];
  const text = (position: number): string | undefined => asText(fields[position]);
  const number = (position: number): number | undefined => asNumber(fields[position]);
  const count = (position: number): number => number(position) ?? 0;
  const status = asOneOf(fields[0], [...batchStatuses, DELETED]);
  if (status === DELETED) return DELETED;
  const [total, running, succeeded] = [count(5), count(6), count(7)];
  const [failed, canceled, expired] = [count(8), count(9), count(10)];
  const queued = total - running - succeeded - failed - canceled - expired;
  return {
    id,
    status,
    model: text(1) ?? "",
    class: asOneOf(fields[2], jobClasses),
    tenant: text(3) ?? "",
    attempt: number(4) ?? 1,
    counts: { total, queued, running, succeeded, failed, canceled, expired },
    chunks: count(11),
    hasCustomIds: text(12) === "1",
    parameters: text(13) ?? "{}",
    metadata: text(14),
    error: text(15),
    webhook: text(16),
    limits: unpackBatchLimits(text(17) ?? ""),
    createdAtMs: count(18),
    closedAtMs: number(19),
    startedAtMs: number(20),
    endedAtMs: number(21),
    expiresAtMs: number(22),
    readAtMs: count(23),
  };
}
