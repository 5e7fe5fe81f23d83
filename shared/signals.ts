import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** SIGTERM and SIGINT as a process hears them from its first line on. */
export interface Signals {
  /**
   * From now on the first signal, which may have come in this moment, aborts what is returned, with
   * its name as the reason; a second one is a person losing patience, and ends the process with 1.
   */
  take(): AbortSignal;
}

/**
 * Listens from now on. Until somebody takes over, nothing has been started that would have to be
 * stopped, and a signal ends the process with code 0.
 *
 * Called by `main.ts` before it imports anything else, which takes a second where there is little
 * CPU. As process 1 of a container a process without a listener ignores both signals: it would go on
 * until it is killed.
 */
export function hearSignals(): Signals {
  if (process.pid === 1 && hasMissedOne()) process.exit(0);
  let onSignal: (signal: NodeJS.Signals) => void = () => process.exit(0);
  process.on("SIGTERM", (signal) => onSignal(signal));
  process.on("SIGINT", (signal) => onSignal(signal));
  return {
    take: () => {
      const stop = new AbortController();
      onSignal = (signal) => {
        if (stop.signal.aborted) process.exit(1);
        stop.abort(signal);
      };
      return stop.signal;
    },
  };
}

/**
 * Whether a signal came before our first line. Node's own handlers are there from its beginning, work
 * once, and then leave the signal to the system, which spares process 1: what is left to see is that
 * one of the two is gone.
 */
function hasMissedOne(): boolean {
  const [, caught = "0"] = /^SigCgt:\s*([\da-f]+)$/m.exec(statusOfSelf()) ?? [];
  const mask = BigInt(`0x${caught}`);
  const isCaught = (signal: number): boolean => ((mask >> BigInt(signal - 1)) & 1n) === 1n;
  return isCaught(constants.signals.SIGTERM) !== isCaught(constants.signals.SIGINT);
}

/** Empty where the system does not tell. */
function statusOfSelf(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return "";
  }
}
