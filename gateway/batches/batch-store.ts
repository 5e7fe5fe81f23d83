import { randomUUID } from "node:crypto";
import type { ResultFolder } from "../../shared/batch/result-folder.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import { ScoringError } from "../../shared/error.ts";
import { failpoint } from "../../shared/failpoint.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import {
  readChunks,
  readCustomIds,
  readEnded,
  type ChunkResults,
  type EndedChunk,
} from "../../shared/batch/chunk-results.ts";
import { chunkRows } from "../../shared/batch/chunk-size.ts";
import { sweepBatch } from "../../shared/batch/sweep.ts";
import {
  appendChunk,
  createBatch,
  moveBatch,
  readBatches,
  type AppendVerdict,
  type BatchMove,
  type BatchQuota,
  type BatchReadMode,
  type FoundBatch,
  type SoughtBatch,
  type MoveVerdict,
  type NewChunk,
} from "../../shared/batch/batches.ts";
import type { Shifts } from "../../shared/lane/shifts.ts";
import { keyReused } from "../../shared/job/refusals.ts";
import { unbind } from "../../shared/job/idempotency.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { listIds, type ListingEntry, type ListingWindow } from "../../shared/redis/listing.ts";
import { LOST } from "../../shared/job/view.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { LimitReached, usedUp } from "../http/rate-limit.ts";
import { reachOr } from "../../shared/redis/reach.ts";

const reach = reachOr("The job queue cannot be reached at the moment.");

export interface BatchStoreOptions {
  readonly redis: Redis;
  readonly shifts: Pick<Shifts, "add">;
  readonly logger: Logger;
  readonly quota: BatchQuota;
  /** Where results are that are not in Redis any more. */
  readonly folder: ResultFolder;
  /** This process, on the records of batches it waits for. */
  readonly gateway: string;
  /** Of a batch whose record is missing. */
  readonly wasLost: (id: string) => boolean;
}

/** Batches as routes see them: each method one call into `shared/batch`, with its errors as ours. */
export class BatchStore {
  readonly #options: BatchStoreOptions;

  constructor(options: BatchStoreOptions) {
    this.#options = options;
  }

  /**
   * @returns the id of the batch that the request's key is bound to, or undefined: it was created
   * @throws {ScoringError} `quota_exceeded`, `idempotency_key_reused`
   */
  async create(batch: NewBatch): Promise<string | undefined> {
    const { redis, quota } = this.#options;
    const verdict = await reach(createBatch(redis, batch, quota.tenantBatches));
    if (verdict.kind === "replayed") return verdict.id;
    if (verdict.kind === "key_reused") throw keyReused();
    if (verdict.kind === "tenant_full") throw tooManyBatches(quota.tenantBatches);
    return undefined;
  }

  /** Items that its next chunks have at most. @param batchRows rows of a tensor batch */
  async chunkRows(batch: BatchView, batchRows: number): Promise<number> {
    return reach(chunkRows(this.#options.redis, batch, batchRows));
  }

  async append(chunk: NewChunk): Promise<AppendVerdict> {
    const verdict = await reach(appendChunk(this.#options.redis, chunk, this.#options.quota));
    failpoint("chunk appended");
    return verdict;
  }

  /** Begins a move; a sweep over the chunks follows without being waited for. */
  async move(
    { id, tenant, attempt }: Pick<BatchView, "id" | "tenant" | "attempt">,
    move: BatchMove,
  ): Promise<Exclude<MoveVerdict, "tenant_full">> {
    const { redis, quota } = this.#options;
    const token = randomUUID();
    const options = { id, tenant, move, attempt, token, tenantBatches: quota.tenantBatches };
    const verdict = await reach(moveBatch(redis, options));
    if (verdict === "tenant_full") throw tooManyBatches(quota.tenantBatches);
    if (verdict === "done") this.#sweep(id);
    return verdict;
  }

  /** Takes a batch back that was never closed, as if it had not been: its key is free again. */
  async abandon(batch: NewBatch): Promise<void> {
    const { redis } = this.#options;
    const { id, tenant, idempotency } = batch;
    const moved = { id, tenant, tenantBatches: 0 };
    await reach(moveBatch(redis, { ...moved, move: "cancel" }));
    await reach(sweepBatch(id, this.#options));
    await reach(moveBatch(redis, { ...moved, move: "erase" }));
    if (idempotency !== undefined) await reach(unbind(redis, idempotency, id));
    this.#sweep(id);
  }

  async read(id: string, mode: BatchReadMode = "read"): Promise<SoughtBatch> {
    const { redis, gateway, wasLost } = this.#options;
    const [found] = await reach(readBatches(redis, gateway, [id], mode));
    return found ?? (wasLost(id) ? LOST : undefined);
  }

  async readAll(ids: readonly string[]): Promise<readonly FoundBatch[]> {
    return reach(readBatches(this.#options.redis, this.#options.gateway, ids));
  }

  /**
   * @param numbers of chunks
   * @throws {ScoringError} `service_unavailable` also when the folder of results cannot be read
   */
  async results(id: string, numbers: readonly number[]): Promise<readonly ChunkResults[]> {
    const { redis, folder } = this.#options;
    return reach(readChunks(redis, id, numbers, folder));
  }

  /** Chunks that ended after the one of that sequence. */
  async ended(id: string, after: number, count: number): Promise<readonly EndedChunk[]> {
    return reach(readEnded(this.#options.redis, id, after, count));
  }

  /** The custom ids of a chunk that is still to be scored. */
  async customIds(id: string, number: number): Promise<readonly string[]> {
    return reach(readCustomIds(this.#options.redis, `${id}/${number}`));
  }

  async list(tenant: string, window: ListingWindow): Promise<readonly ListingEntry[]> {
    return reach(listIds(this.#options.redis, keys.batches(tenant), window));
  }

  /** What is left undone here is done by the courier. */
  #sweep(id: string): void {
    sweepBatch(id, this.#options).catch((error: unknown) => {
      const reason = reasonOf(error);
      this.#options.logger.warn({ batch: id, reason }, "sweep left to the courier");
    });
  }
}

function tooManyBatches(most: number): ScoringError {
  const message = `You have reached your limit of ${most} unfinished batches; try again later.`;
  return new LimitReached(message, usedUp("tenant-batches", most, "batches"));
}
