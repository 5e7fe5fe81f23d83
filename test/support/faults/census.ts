import type { Redis } from "ioredis";
import { z } from "zod";
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
    // Those of the last ms of the look before are looked at again: more may have come.
    const flat = await this.#redis.zrangebyscore(
      keys.jobs("default"),
      this.#sinceMs,
      "+inf",
      "WITHSCORES",
    );
    for (let i = 0; i < flat.length; i += 2) {
      const [id = "", createdAtMs] = [flat[i], Number(flat[i + 1])];
      // Gateways may accept a little out of order.
      this.#sinceMs = Math.max(this.#sinceMs, createdAtMs - 10_000);
      const metadata = await this.#redis.hget(keys.job(id), "d");
      if (metadata === null) continue;
      const { n } = metadataSchema.parse(JSON.parse(metadata));
      this.#ids.set(n, (this.#ids.get(n) ?? new Set()).add(id));
    }
  }

  /** What breaks a promise. */
  judge(history: History): readonly string[] {
    return [...this.#ids].flatMap(([n, ids]) => {
      const course = history.of(n);
      const all = [...ids].join(" ");
      if (course === undefined) return [`${all} is for input ${n}, which was never asked`];
      if (ids.size > 1) return [`input ${n} has ${ids.size} jobs: ${all}`];
      return course.standing === "refused" ? [`input ${n} was refused, and is ${all}`] : [];
    });
  }
}
