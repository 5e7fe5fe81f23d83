/**
 * A terminal's Ctrl-C reaches the launcher twice under npm: from the terminal, and passed on by
 * npm. What comes this soon after the first is the same wish.
 */
const SAME_WISH_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The two wishes a person can utter. */
export interface StopWishes {
  /** Aborts at the first signal; the reason is its name. */
  readonly stop: AbortSignal;
  /** Aborts at the second. */
  readonly stopNow: AbortSignal;
}

/** Listens for the rest of the process's life. Only the launcher tells two signals apart. */
export function listenForSignals(): StopWishes {
  const stop = new AbortController();
  const stopNow = new AbortController();
  let firstAt = 0;
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (!stop.signal.aborted) {
        firstAt = performance.now();
        stop.abort(name);
      } else if (performance.now() - firstAt > SAME_WISH_MS) stopNow.abort(name);
    });
  }
  return { stop: stop.signal, stopNow: stopNow.signal };
}
