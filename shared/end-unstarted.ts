import { createLogger } from "./log.ts";
import { withoutSecrets } from "./loggable.ts";

/**
 * Ends a process that could not start, with code 1: in plain words when it is the operator's to mend,
 * as a log line otherwise. Left to Node, an error would be printed with all that it carries.
 *
 * @param explained errors whose message is all an operator needs
 */
export function endUnstarted(
  role: string,
  error: unknown,
  explained: readonly (abstract new (...args: never[]) => Error)[],
): never {
  if (error instanceof Error && explained.some((kind) => error instanceof kind)) {
    process.stderr.write(`${withoutSecrets(error.message)}\n`);
  } else {
    createLogger(role, "fatal").fatal({ err: error }, "could not start");
  }
  process.exit(1);
}
