import type { BatchView } from "../../shared/batch/fields.ts";
import { moveBatch, readBatches, type FoundBatch } from "../../shared/batch/batches.ts";
import type { ResultFolder } from "../../shared/batch/result-folder.ts";
import { hasEnded } from "../../shared/batch/record.ts";
import { sweepBatch } from "../../shared/batch/sweep.ts";
import { ScoringError, toProblem } from "../../shared/error.ts";
import { DELETED } from "../../shared/job/view.ts";
import type { Shifts } from "../../shared/lane/shifts.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { copyItems } from "../../shared/replay/copy.ts";
import { compareChunks } from "../../shared/replay/compare.ts";
import { isOver, type Replay } from "../../shared/replay/record.ts";
import {
  dueReplays,
  forgetReplay,
  moveReplay,
  postponeReplay,
  readReplay,
} from "../../shared/replay/replays.ts";
import type { Turn } from "../../shared/replay/turn.ts";
import { Every, type Service } from "../../shared/service.ts";

export interface ReplayerOptions {
  readonly redis: Redis;
  readonly shifts: Pick<Shifts, "add">;
  readonly folder: ResultFolder;
  readonly logger: Logger;
}

const EVERY_MS = 500;
const REPLAYS_A_LOOK = 10;
/** Longest that one replay is worked on before the next has its turn, in ms. */
const TURN_MS = 1000;
/** How long a replay is left to a courier that does not come back; far more than a turn. */
const LEASE_MS = 5000;
/** After which one that waits for something is looked at again. */
const LATER_MS = 1000;

/**
 * Takes replays from one status to the next. Two couriers with the same one do no harm, nor does one that
 * dies: items are appended, and chunks counted, by scripts that do it once.
 */
export class Replayer implements Service {
  readonly name = "replayer";
  readonly #options: ReplayerOptions;
  readonly #rounds = new Every(EVERY_MS, async () => this.#look());
  readonly start = this.#rounds.start;
  /** Returns when the turn that is going on is over. */
  readonly stop = this.#rounds.stop;

  constructor(options: ReplayerOptions) {
    this.#options = options;
  }

  async #look(): Promise<void> {
    const { redis, logger } = this.#options;
    let replay: string | undefined;
    try {
      for (let isMore = true; isMore;) {
        isMore = false;
        const { members, nowMs } = await dueReplays(redis, REPLAYS_A_LOOK);
        for (replay of members) {
          if (this.#rounds.isStopped) return;
          await postponeReplay(redis, replay, nowMs + LEASE_MS);
          const turn = await this.#step(replay);
          if (turn === "on") isMore = true;
          if (turn !== undefined) {
            await postponeReplay(redis, replay, nowMs + (turn === "on" ? 0 : LATER_MS));
          }
        }
      }
    } catch (error) {
      // It is looked at again when the lease is over.
      logger.warn({ replay, reason: reasonOf(error) }, "replay waits");
    }
  }

  /** @returns undefined when there is nothing more to do */
  async #step(id: string): Promise<"on" | "later" | undefined> {
    const { redis, logger } = this.#options;
    const replay = await readReplay(redis, id);
    if (replay === undefined || replay === DELETED || isOver(replay.status)) {
      await forgetReplay(redis, id);
      return undefined;
    }
    const turn = await this.#turn(replay);
    if (!(turn instanceof ScoringError)) return turn;
    logger.info({ replay: id, reason: turn.message }, "replay failed");
    await moveReplay(redis, replay, "failed", { problem: JSON.stringify(toProblem(turn)) });
    await this.#cancel(replay);
    return undefined;
  }

  /** What is still scored for one that has failed. */
  async #cancel({ candidateBatch: id, tenant }: Replay): Promise<void> {
    await moveBatch(this.#options.redis, { id, tenant, move: "cancel", tenantBatches: 0 });
    // What of it is left undone is done by the janitor.
    await sweepBatch(id, this.#options);
  }

  async #turn(replay: Replay): Promise<Turn> {
    const { redis } = this.#options;
    const ids = [replay.batch, replay.candidateBatch];
    const [live, candidate] = await readBatches(redis, "", ids);
    if (!isThere(live) || !isThere(candidate)) return gone();
    const untilMs = performance.now() + TURN_MS;
    const given = {
      ...this.#options,
      replay,
      live,
      candidate,
      isOver: () => this.#rounds.isStopped || performance.now() >= untilMs,
    };
    if (replay.status === "copying") return copyItems(given);
    // Either may be retried while they are compared.
    if (!hasEnded(live.status) || !hasEnded(candidate.status)) return "later";
    if (replay.status === "comparing") return compareChunks(given);
    await moveReplay(redis, replay, "comparing");
    return "on";
  }
}

function isThere(batch: FoundBatch): batch is BatchView {
  return batch !== undefined && batch !== DELETED;
}

function gone(): ScoringError {
  return new ScoringError("gone_deleted", "A batch of the replay was deleted, or has expired.");
}
