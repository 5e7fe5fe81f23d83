import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "./command.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Lets work come to an orderly end when the person ends it: its signal is aborted, and what it throws
 * then is what they read. A second Ctrl-C ends the process as it always would.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
    forget();
  };
  const forget = (): void => {
    for (const name of SIGNALS) process.removeListener(name, stop);
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    forget();
  }
}

/** Waits. @throws {CommandError} when the person ends it meanwhile */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (cause) {
    throw new CommandError("stopped", { cause });
  }
}
