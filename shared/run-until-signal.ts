import type { Logger } from "./log.ts";
import { startAll, stopAll, type Service } from "./service.ts";

export interface RunOptions {
  readonly services: readonly Service[];
  readonly logger: Logger;
  /** Longest time a stop may take before the process exits with code 1. */
  readonly graceMs: number;
}

/**
 * The one place that touches signals and the exit code. Starts the services, tells a launcher (if
 * an IPC channel is there) that the process is ready, waits for SIGTERM or SIGINT, and stops.
 *
 * Exit codes: 0 all stopped in time, 1 failed to start, or did not stop cleanly within `graceMs`.
 */
export async function runUntilSignal({ services, logger, graceMs }: RunOptions): Promise<void> {
  const signal = nextSignal();
  process.on("unhandledRejection", (reason) => {
    logger.fatal({ err: reason }, "unhandled rejection");
    process.exit(1);
  });
  try {
    await startAll(services);
  } catch (error) {
    logger.fatal(`could not start: ${error instanceof Error ? error.message : String(error)}`);
    logger.debug({ err: error }, "could not start");
    process.exit(1);
  }
  tellLauncher({ ready: true });
  logger.info("ready");
  logger.info({ signal: await signal }, "stopping");
  process.exit(await stopWithin(services, logger, graceMs));
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

/** A second signal is a person losing patience: leave at once. */
function nextSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let seen = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (seen) process.exit(1);
    seen = true;
    resolve(signal);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return promise;
}

function tellLauncher(message: { ready: true }): void {
  if (process.send === undefined) return;
  process.send(message);
  // The channel must not keep the process alive, nor end it when the launcher is killed.
  process.channel?.unref();
}
