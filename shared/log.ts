import { destination, pino, type LogFn, type Logger, type LoggerOptions } from "pino";
import { loggable, reasonOf, withoutSecrets } from "./loggable.ts";

export type { Logger };

/**
 * What keeps secrets out of every line, whoever writes it: an error says what `loggable.ts` lets it,
 * in whichever field or place it stands, and the finished line goes without passwords and keys.
 */
const GUARDS = {
  formatters: { log: loggable },
  serializers: { err: (error: unknown) => error }, // pino's own shows all members of an error
  hooks: {
    logMethod(args, method) {
      method.apply(this, guarded(args));
    },
    streamWrite: withoutSecrets,
  },
} satisfies LoggerOptions;

/**
 * One JSON line per event on stdout. Facts travel as fields, the message is constant, and neither
 * inputs, outputs nor keys are ever logged. Written synchronously: buffered lines to a pipe that
 * nobody reads any more (a launcher that was killed) would keep the process from ever exiting.
 *
 * @param role what the process is, e.g. `gateway`
 * @param level pino's level name
 */
export function createLogger(role: string, level: string): Logger {
  return createLoggerTo(destination({ dest: 1, sync: true }), { role, level });
}

/** The same, to something other than stdout. */
export function createLoggerTo(
  out: { write(line: string): void },
  { role, level }: { readonly role: string; readonly level: string },
): Logger {
  return pino({ ...GUARDS, level, base: { role, pid: process.pid } }, out);
}

/** pino takes the message of an error that comes without a text, and prints one in a text whole. */
function guarded([first, ...rest]: readonly unknown[]): Parameters<LogFn> {
  const fields = first instanceof Error ? { err: first } : first;
  const texts = rest.map((it) => (it instanceof Error ? reasonOf(it) : it));
  const { err }: { readonly err?: unknown } = Object(fields);
  const all = [fields, ...(texts.length === 0 && err instanceof Error ? [reasonOf(err)] : texts)];
  // The same arguments in kind: pino's own types cannot say so.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return all as Parameters<LogFn>;
}
