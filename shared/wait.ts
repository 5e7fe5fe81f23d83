/** Returns after `ms`, or as soon as the deadline aborts. */
export async function delay(ms: number, deadline: AbortSignal): Promise<void> {
  if (deadline.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = (): void => resolve();
  deadline.addEventListener("abort", onAbort, { once: true });
  await promise;
  clearTimeout(timer);
  deadline.removeEventListener("abort", onAbort);
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
