import { pino, type Logger } from "pino";

export type { Logger };

/**
 * One JSON line per event on stdout. Facts travel as fields, the message is constant, and neither
 * inputs, outputs nor keys are ever logged.
 *
 * @param role what the process is, e.g. `gateway`
 * @param level pino's level name
 */
export function createLogger(role: string, level: string): Logger {
  return pino({ level, base: { role, pid: process.pid } });
}
