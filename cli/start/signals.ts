/**
 * A terminal's Ctrl-C reaches the launcher twice under npm: from the terminal, and passed on by
 * npm. What comes this soon after the first is the same signal.
 */
const SAME_SIGNAL_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a person can ask for. */
export interface StopSignals {
  /** Aborts at the first signal; the reason is its name. */
  readonly stop: AbortSignal;
  /** Aborts at the second. */
  readonly stopNow: AbortSignal;
}

/** Listens for the rest of the process's life. Only the launcher tells two signals apart. */
export function listenForSignals(): StopSignals {
  const stop = new AbortController();
  const stopNow = new AbortController();
  let firstAt = 0;
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (!stop.signal.aborted) {
        firstAt = performance.now();
        stop.abort(name);
      } else if (performance.now() - firstAt > SAME_SIGNAL_MS) stopNow.abort(name);
    });
  }
  return { stop: stop.signal, stopNow: stopNow.signal };
}
