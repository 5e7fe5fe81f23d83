import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

/**
 * Returns as soon as a condition holds, for what no event tells.
 *
 * @throws when it does not hold within `limitMs`, naming it
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}
