import { destination, pino, type Logger } from "pino";

export type { Logger };

/**
 * One JSON line per event on stdout. Facts travel as fields, the message is constant, and neither
 * inputs, outputs nor keys are ever logged. Written synchronously: buffered lines to a pipe that
 * nobody reads any more (a launcher that was killed) would keep the process from ever exiting.
 *
 * @param role what the process is, e.g. `gateway`
 * @param level pino's level name
 */
export function createLogger(role: string, level: string): Logger {
  const stdout = destination({ dest: 1, sync: true });
  return pino({ level, base: { role, pid: process.pid } }, stdout);
}
