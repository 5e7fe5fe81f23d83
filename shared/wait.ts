import { setTimeout as sleep } from "node:timers/promises";

/** Returns after `ms`, or as soon as the deadline aborts. */
export async function delay(ms: number, deadline: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: deadline }).catch(() => undefined);
}

/** Returns when `work` has ended, well or not, after `ms`, or as soon as the deadline aborts. */
export async function settled(
  work: Promise<unknown>,
  ms: number,
  deadline: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  work.then(end, end);
  await delay(ms, AbortSignal.any([deadline, ended.signal]));
}
