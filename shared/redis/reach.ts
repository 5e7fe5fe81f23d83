import type { Redis } from "ioredis";
import { ScoringError } from "../error.ts";

/**
 * For whoever asks Redis on behalf of a client: what fails because Redis is unreachable is
 * `service_unavailable`, with this message, and what is refused stays as it is.
 */
export function reachOr(message: string): <T>(answer: Promise<T>) => Promise<T> {
  return async (answer) =>
    answer.catch((cause: unknown) => {
      if (cause instanceof ScoringError) throw cause;
      throw new ScoringError("service_unavailable", message, { cause });
    });
}

/** Calls a function that takes Redis first; throws as `reachOr` says. */
export type Ask = <A extends readonly unknown[], R>(
  of: (redis: Redis, ...given: A) => Promise<R>,
  ...given: A
) => Promise<R>;

/** @param message when Redis is unreachable */
export function asking(redis: Redis, message: string): Ask {
  const reach = reachOr(message);
  return async (of, ...given) => reach(of(redis, ...given));
}
