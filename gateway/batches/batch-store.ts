import { randomUUID } from "node:crypto";
import type { ResultFolder } from "../../shared/batch/result-folder.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import { ScoringError } from "../../shared/error.ts";
import { failpoint } from "../../shared/failpoint.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import { readChunks, type ChunkResults } from "../../shared/batch/chunk-results.ts";
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
import { keyReused, queuePaused } from "../../shared/job/refusals.ts";
import { unbind } from "../../shared/job/idempotency.ts";
import { LOST } from "../../shared/job/view.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { LimitReached, usedUp } from "../http/rate-limit.ts";
import { asking, type Ask } from "../../shared/redis/reach.ts";

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

/** Batches as routes see them: calls into `shared/batch`, with their errors as ours. */
export class BatchStore {
  readonly #options: BatchStoreOptions;
  /** Calls what needs nothing more than Redis. */
  readonly ask: Ask;

  constructor(options: BatchStoreOptions) {
    this.#options = options;
    this.ask = asking(options.redis, "The job queue cannot be reached at the moment.");
  }

  /**
   * @returns the id of the batch that the request's key is bound to, or undefined: it was created
   * @throws {ScoringError} `quota_exceeded`, `idempotency_key_reused`, `queue_paused`
   */
  async create(batch: NewBatch): Promise<string | undefined> {
    const { tenantBatches } = this.#options.quota;
    const verdict = await this.ask(createBatch, batch, tenantBatches);
    if (verdict.kind === "replayed") return verdict.id;
    if (verdict.kind === "key_reused") throw keyReused();
    if (verdict.kind === "tenant_full") throw tooManyBatches(tenantBatches);
    if (verdict.kind === "paused") throw queuePaused();
    return undefined;
  }

  async append(chunk: NewChunk): Promise<AppendVerdict> {
    const { shifts, quota } = this.#options;
    const verdict = await this.ask(appendChunk, chunk, quota);
    failpoint("chunk appended");
    // One that does not arrive is added by the courier.
    if (verdict.isToArm) shifts.add(chunk.lane).catch(() => {});
    return verdict;
  }

  /** Begins a move; a sweep over the chunks follows without being waited for. */
  async move(
    { id, tenant, attempt }: Pick<BatchView, "id" | "tenant" | "attempt">,
    move: BatchMove,
  ): Promise<Exclude<MoveVerdict, "tenant_full" | "paused">> {
    const { tenantBatches } = this.#options.quota;
    const token = randomUUID();
    const verdict = await this.ask(moveBatch, { id, tenant, move, attempt, token, tenantBatches });
    if (verdict === "tenant_full") throw tooManyBatches(tenantBatches);
    if (verdict === "paused") throw queuePaused();
    if (verdict === "done") this.#sweep(id);
    return verdict;
  }

  /** Takes a batch back that was never closed, as if it had not been: its key is free again. */
  async abandon(batch: NewBatch): Promise<void> {
    const { id, tenant, idempotency } = batch;
    const moved = { id, tenant, tenantBatches: 0 };
    await this.ask(moveBatch, { ...moved, move: "cancel" });
    await this.ask(async () => sweepBatch(id, this.#options));
    await this.ask(moveBatch, { ...moved, move: "erase" });
    if (idempotency !== undefined) await this.ask(unbind, idempotency, id);
    this.#sweep(id);
  }

  async read(id: string, mode: BatchReadMode = "read"): Promise<SoughtBatch> {
    const { gateway, wasLost } = this.#options;
    const [found] = await this.ask(readBatches, gateway, [id], mode);
    return found ?? (wasLost(id) ? LOST : undefined);
  }

  async readAll(ids: readonly string[]): Promise<readonly FoundBatch[]> {
    return this.ask(readBatches, this.#options.gateway, ids);
  }

  /**
   * @param numbers of chunks
   * @throws {ScoringError} `service_unavailable` also when the folder of results cannot be read
   */
  async results(id: string, numbers: readonly number[]): Promise<readonly ChunkResults[]> {
    return this.ask(readChunks, id, numbers, this.#options.folder);
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
