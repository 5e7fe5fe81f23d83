import { once } from "node:events";
import { keepCompiled } from "./compile-cache.ts";
import { ScoringError } from "./error.ts";
import { setHeapGrowth } from "./heap-growth.ts";
import { createLogger, type Logger, reasonOf, withoutSecrets } from "./log.ts";
import { StartError } from "./start-error.ts";
import { startAll, stopAll, type Service } from "./service.ts";
import type { Signals } from "./signals.ts";

export interface RunOptions {
  readonly services: readonly Service[];
  readonly logger: Logger;
  readonly signals: Signals;
  /** Longest time a stop may take before the process exits with code 1. */
  readonly graceMs: number;
}

/**
 * The one place that decides on the exit code. Starts the services, tells a launcher (if an IPC
 * channel is there) that the process is ready, waits for SIGTERM or SIGINT, and stops. A signal
 * during the start stops what has begun, and waits for no model.
 *
 * Exit codes: 0 all stopped in time, 1 failed to start, or did not stop cleanly within `graceMs`.
 */
export async function runUntilSignal(options: RunOptions): Promise<void> {
  const { services, logger, graceMs } = options;
  const stop = options.signals.take();
  process.on("unhandledRejection", (reason) => {
    logger.fatal({ err: reason }, "unhandled rejection");
    process.exit(1);
  });
  // Node itself would print what the error carries, such as the arguments of a command.
  process.on("uncaughtException", (error) => {
    logger.fatal({ err: error }, "uncaught exception");
    process.exit(1);
  });
  // And print its warnings as lines that are not JSON.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => logger.warn({ err: warning }, "warning of Node"));
  let begun: readonly Service[] = [];
  try {
    begun = await startAll(services, stop);
  } catch (error) {
    logger.fatal(`could not start: ${reasonOf(error)}`);
    logger.debug({ err: error }, "could not start");
    process.exit(1);
  }
  if (!stop.aborted) {
    // Before anybody waits for an answer: the first start of a checkout pays for all that follow, also
    // where this process will be killed.
    keepCompiled();
    setHeapGrowth("grown");
    tellLauncher({ ready: true });
    logger.info("ready");
    await once(stop, "abort");
  }
  logger.info({ signal: String(stop.reason) }, "stopping");
  process.exit(await stopWithin(begun, logger, graceMs));
}

/**
 * Ends a process that could not start, with code 1: in plain words when it is the operator's to mend,
 * as a log line otherwise. Left to Node, an error would be printed with all that it carries.
 */
export function endUnstarted(role: string, error: unknown): never {
  if (error instanceof StartError || error instanceof ScoringError) {
    process.stderr.write(`${withoutSecrets(error.message)}\n`);
  } else {
    createLogger(role, "fatal").fatal({ err: error }, "could not start");
  }
  process.exit(1);
}

async function stopWithin(
  services: readonly Service[],
  logger: Logger,
  graceMs: number,
): Promise<number> {
  try {
    await stopAll(services, AbortSignal.timeout(graceMs));
    logger.info("stopped");
    return 0;
  } catch (error) {
    logger.error({ err: error }, "did not stop cleanly");
    return 1;
  }
}

function tellLauncher(message: { ready: true }): void {
  if (process.send === undefined) return;
  process.send(message);
  // The channel must not keep the process alive, nor end it when the launcher is killed.
  process.channel?.unref();
}
