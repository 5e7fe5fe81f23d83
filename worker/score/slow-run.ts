import type { Logger } from "../../shared/log.ts";
import { markInRun } from "../../shared/queue/fetch.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { runsOf, type Task } from "./task.ts";

/** A run that goes on for this long is shown as running, in ms; a shorter one is over before it is seen. */
const SLOW_RUN_MS = 20;

/**
 * Has the records of a batch say that they are in a run, should it still go on in a moment. Advice
 * to who looks: nothing depends on its arriving.
 *
 * @returns to be cleared when the run is over
 */
export function markWhenSlow(batch: readonly Task[], redis: Redis, logger: Logger): NodeJS.Timeout {
  return setTimeout(() => {
    for (const run of runsOf(batch)) {
      markInRun(redis, run).catch((error: unknown) => {
        logger.debug({ err: error }, "run not marked");
      });
    }
  }, SLOW_RUN_MS);
}
