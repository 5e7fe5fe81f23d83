import { idTimeMs, type IdFactory } from "../../shared/id.ts";
import { Every, type Service } from "../../shared/service.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import { readDataSet, type DataSet } from "../../shared/redis/data-set.ts";
import type { Redis } from "../../shared/redis/connection.ts";

const LOOK_MS = 1000;

export interface DataSetWatchOptions {
  readonly redis: Redis;
  /** As it was when the ids were made. */
  readonly dataSet: DataSet;
  /** Follows the data set's secret. */
  readonly ids: IdFactory;
  /** Whether callers need keys. */
  readonly wantsKeys: boolean;
  readonly logger: Logger;
}

/**
 * Notices that Redis lost its data (FLUSHALL, a restart with an empty folder, another server at its
 * address) while this gateway runs: every second, and first thing on a new connection.
 *
 *     same data ──(born anew)──▶ replaced, nobody can get in ──(there is a key)──▶ replaced
 *
 * The gateway puts its secret back, so that old ids are still known as ours and answer `lost`. When
 * somebody else was quicker it takes up theirs, and still knows the old one's ids.
 */
export class DataSetWatch implements Service {
  readonly name = "data set watch";
  readonly #options: DataSetWatchOptions;
  #seen: DataSet;
  #isLockedOut = false;
  #isWritable = true;
  readonly #looks = new Every(LOOK_MS, () => void this.#look());
  readonly start = async (): Promise<void> => this.#looks.start(async () => this.#begin());

  constructor(options: DataSetWatchOptions) {
    this.#options = options;
    this.#seen = options.dataSet;
  }

  async stop(): Promise<void> {
    this.#options.redis.off("ready", this.#onReady);
    await this.#looks.stop();
  }

  /** Whether Redis took the last write that was tried. */
  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** The data is not what it was, and there is no key to get in with. */
  get isLockedOut(): boolean {
    return this.#isLockedOut;
  }

  /** Of an id of ours without a record: it was made before Redis lost what it held. */
  wasLost(id: string): boolean {
    return idTimeMs(id) < this.#seen.bornMs;
  }

  readonly #onReady = (): void => void this.#look();

  async #begin(): Promise<void> {
    this.#options.redis.on("ready", this.#onReady);
    await this.#look();
  }

  async #look(): Promise<void> {
    const { redis, logger } = this.#options;
    if (redis.status !== "ready") return;
    try {
      this.#take(await readDataSet(redis, this.#seen.secret));
      this.#isWritable = true;
    } catch (error) {
      this.#isWritable = false;
      logger.debug({ reason: reasonOf(error) }, this.name);
    }
  }

  #take(found: DataSet): void {
    const { ids, wantsKeys, logger } = this.#options;
    const last = this.#seen;
    this.#seen = found;
    if (!found.secret.equals(last.secret)) {
      ids.adopt(found.secret);
      logger.warn("Redis has another secret of ids, taken up");
    }
    if (found.bornMs !== last.bornMs) {
      this.#isLockedOut = wantsKeys;
      logger.error({ born: new Date(found.bornMs) }, "Redis lost its data: jobs and keys are gone");
    }
    if (this.#isLockedOut && found.accessKeys > 0) {
      this.#isLockedOut = false;
      logger.info({ keys: found.accessKeys }, "Redis has keys again");
    }
  }
}
