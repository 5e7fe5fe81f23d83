import type { Redis } from "ioredis";
import { z } from "zod";
import { indexOf, ownPackOf, packOf } from "../../../shared/id.ts";
import { listJobs } from "../../../shared/pack/list.ts";
import { seatFields } from "../../../shared/pack/record.ts";
import { keys } from "../redis-keys.ts";
import type { History } from "./history.ts";

const metadataSchema = z.object({ n: z.int() });

/**
 * The jobs that Redis has, by the input they are for: what was refused must have none, and what was
 * asked for once must have one, whatever its client was told.
 */
export class Census {
  readonly #redis: Redis;
  readonly #ids = new Map<number, Set<string>>();
  #sinceMs = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Must be called more often than jobs are kept. */
  async take(): Promise<void> {
    const found = await listJobs(this.#redis, "default", {
      after: undefined,
      createdAfterMs: this.#sinceMs,
      createdBeforeMs: undefined,
      count: Number.MAX_SAFE_INTEGER,
    });
    for (const { id, createdAtMs } of found) {
      // Gateways may accept a little out of order.
      this.#sinceMs = Math.max(this.#sinceMs, createdAtMs - 10_000);
      const metadata = await this.#metadataOf(id);
      if (metadata === null) continue;
      const { n } = metadataSchema.parse(JSON.parse(metadata));
      this.#ids.set(n, (this.#ids.get(n) ?? new Set()).add(id));
    }
  }

  /** In its pack, or, once it has moved out, in its own. */
  async #metadataOf(id: string): Promise<string | null> {
    const { metadata } = seatFields.letters;
    const shared = await this.#redis.hget(keys.pack(packOf(id)), metadata + indexOf(id));
    return shared ?? (await this.#redis.hget(keys.pack(ownPackOf(id)), `${metadata}0`));
  }

  /** What breaks a promise. */
  judge(history: History): readonly string[] {
    if (this.#ids.size === 0) return ["Redis had no job whenever it was looked at"];
    return [...this.#ids].flatMap(([n, ids]) => {
      const course = history.of(n);
      const all = [...ids].join(" ");
      if (course === undefined) return [`${all} is for input ${n}, which was never asked`];
      if (ids.size > 1) return [`input ${n} has ${ids.size} jobs: ${all}`];
      return course.standing === "refused" ? [`input ${n} was refused, and is ${all}`] : [];
    });
  }
}
