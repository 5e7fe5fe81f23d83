import type { z } from "zod";
import { withoutSecrets } from "./log.ts";
import { StartError } from "./start-error.ts";

/** Every fault of a configuration at once, so that one restart mends all of them. */
export class ConfigError extends StartError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`bad configuration:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

/**
 * Parses environment variables by a schema whose keys are the variables' names. Variables that are
 * set to the empty string count as absent.
 *
 * @throws {ConfigError} listing every fault
 */
export function parseConfig<S extends z.ZodObject>(
  schema: S,
  environment: NodeJS.ProcessEnv,
): z.infer<S> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }) => {
      const name = path.join(".");
      // A URL may hold a password.
      const value = name.includes("URL")
        ? ""
        : ` (it is "${withoutSecrets(environment[name] ?? "")}")`;
      return `${name}: ${message}${value}`;
    }),
  );
}
