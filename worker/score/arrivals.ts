import { type Logger, reasonOf } from "../../shared/log.ts";
import type { Task } from "./carrier.ts";

/** A pack whose input is being read. */
export interface Arrival<C> {
  readonly carrier: C;
  readonly tasks: Promise<readonly Task[]>;
}

export interface ArrivalsOptions<C> {
  readonly onCome: (carrier: C, tasks: readonly Task[]) => void;
  /** Hands a pack back whose input could not be read. */
  readonly release: (carrier: C) => Promise<void>;
  /** Told when those of a turn have come. */
  readonly onAll: () => void;
  readonly logger: Logger;
}

/**
 * Large inputs that are on their way. Those of one turn, which takes a tensor batch or one chunk, wait for
 * each other: the first to come would be run alone, by a slot that the others then wait for.
 */
export class Arrivals<C extends { readonly name: string }> {
  readonly #options: ArrivalsOptions<C>;
  #turns = 0;

  constructor(options: ArrivalsOptions<C>) {
    this.#options = options;
  }

  /** Turns of whose packs some are still to come. */
  get turns(): number {
    return this.#turns;
  }

  /** Never rejects. */
  async expect(arrivals: readonly Arrival<C>[]): Promise<void> {
    if (arrivals.length === 0) return;
    const { onCome, release, onAll, logger } = this.#options;
    this.#turns += 1;
    const ends = await Promise.allSettled(arrivals.map(async ({ tasks }) => tasks));
    this.#turns -= 1;
    for (const [i, { carrier }] of arrivals.entries()) {
      const end = ends[i];
      if (end?.status === "fulfilled") {
        onCome(carrier, end.value);
      } else {
        logger.error({ pack: carrier.name, reason: reasonOf(end?.reason) }, "input not read");
        void release(carrier);
      }
    }
    onAll();
  }
}
