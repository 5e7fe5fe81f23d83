import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;
/** At a load of 35 on two cores a role was seen to take more than a minute to be ready. */
const LIMIT_MS = 180_000;

/**
 * Returns as soon as a condition holds, for what no event tells.
 *
 * @throws when it does not hold within `limitMs`, naming it
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}
