import { indexOf, ownPackOf, packOf } from "../../shared/id.ts";
import { DELETED, isTerminal, LOST, type JobView, type Sought } from "../../shared/job/view.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import { keepResult } from "../../shared/pack/keep.ts";
import type { JobReader } from "../../shared/pack/read.ts";
import { TAKEN_RESULT_SECONDS } from "../../shared/pack/record.ts";
import { endOf, type JobEnd, type Segment } from "../../shared/pack/segment.ts";
import type { SettledListener } from "../../shared/pack/settled-feed.ts";
import { withEnd } from "../../shared/pack/view.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { Service } from "../../shared/service.ts";
import type { HangUp } from "../http/hang-up.ts";
import { LOOK, Waiter, type Watch } from "../http/waiter.ts";

export interface JobWaiterOptions {
  readonly redis: Redis;
  readonly reader: JobReader;
  readonly logger: Logger;
}

/** How the POST that made a job waits for it. */
export interface CreatorWait {
  readonly waitMs: number;
  /** Nobody will come back for the result: it is kept for minutes, unless it could not be delivered. */
  readonly takes: boolean;
  readonly signal: HangUp;
}

interface News {
  readonly pack: string;
  readonly segment: Segment;
}

/**
 * Waits for jobs. Word of them comes by pack, under the 21 digits that a job's id begins with, and mostly
 * brings the result along.
 */
export class JobWaiter implements Service, Omit<SettledListener, "onSettled"> {
  readonly name = "job waiter";
  readonly #options: JobWaiterOptions;
  readonly #waiter = new Waiter<Sought, News>(isSettled);
  readonly start = this.#waiter.start;

  constructor(options: JobWaiterOptions) {
    this.#options = options;
  }

  /** How many wait now. */
  get size(): number {
    return this.#waiter.size;
  }

  get isDraining(): boolean {
    return this.#waiter.isDraining;
  }

  async stop(): Promise<void> {
    await this.#waiter.stop();
  }

  onEnded(pack: string, segment: Segment): void {
    this.#waiter.tell(commonName(pack), { pack, segment });
  }

  onChanged(pack: string): void {
    this.#waiter.wake(commonName(pack));
  }

  onReconnected(): void {
    this.#waiter.wakeAll();
  }

  /** Listens for reasons to look at a job. Must be closed. */
  watch(id: string): Watch<never, News> {
    return this.#waiter.watch(packOf(id), (news) => endIn(news, id) !== undefined);
  }

  /** Listens for the end of a job that is about to be accepted. Must be closed. */
  watchNew({ id, webhook }: Pick<JobView, "id"> & { readonly webhook: object | undefined }) {
    return this.#waiter.listen<JobEnd>(packOf(id), (news) => {
      const end = endIn(news, id);
      // What does not travel with the word: a large output, and how far its webhook is.
      const isEnough = end?.body !== undefined && webhook === undefined;
      return isEnough ? end : end && LOOK;
    });
  }

  /**
   * Waits for the end of a job that was made just now.
   *
   * @param queued the job as it was after accept
   * @param watch by `watchNew`, from before accept
   * @returns the job once it or the wait has ended; as it was when nothing else is known
   */
  async waitNew(
    queued: JobView,
    watch: Watch<JobEnd, News>,
    options: CreatorWait,
  ): Promise<Sought> {
    const { waitMs, takes, signal } = options;
    const { id, tenant } = queued;
    const found = await this.#waiter
      .wait(watch, {
        read: async (mode) => this.#options.reader.read(id, tenant, mode),
        answer: (end) => withEnd(queued, end, takes ? TAKEN_RESULT_SECONDS : undefined),
        waitMs,
        isCreator: true,
        signal,
      })
      .catch(() => queued);
    if (takes && (signal.aborted || !isSettled(found))) await this.#keep(id, tenant);
    return found;
  }

  /** Waits for what is there already: a long-poll. */
  async follow(id: string, tenant: string, waitMs: number, signal: HangUp): Promise<Sought> {
    const watch = this.watch(id);
    try {
      const read = async (mode: "read" | "wait") => this.#options.reader.read(id, tenant, mode);
      return await this.#waiter.wait(watch, { read, waitMs, isCreator: false, signal });
    } finally {
      watch.close();
    }
  }

  /** A result that was not delivered is kept for as long as any other. */
  async #keep(id: string, tenant: string): Promise<void> {
    const { redis, logger } = this.#options;
    await keepResult(redis, id, tenant).catch((error: unknown) => {
      logger.warn({ job: id, reason: reasonOf(error) }, "a result is kept for minutes only");
    });
  }
}

/** Under which a pack's jobs are waited for: one that has moved out is still asked for by its old pack. */
function commonName(pack: string): string {
  return packOf(`job_${pack}`);
}

/** What a pack's news says of a job. */
function endIn({ pack, segment }: News, id: string): JobEnd | undefined {
  if (pack === packOf(id)) return endOf(segment, indexOf(id));
  return pack === ownPackOf(id) ? endOf(segment, 0) : undefined;
}

function isSettled(job: Sought): boolean {
  return job === undefined || job === DELETED || job === LOST || isTerminal(job.status);
}
