import { Gateway, RefusedError, TryAgainError } from "../http/gateway.ts";
import { CommandError, type Arguments, type Shell } from "../terminal/command.ts";
import { wrap } from "../terminal/table.ts";
import { endpointListSchema, ENDPOINTS, type Endpoint } from "./endpoint.ts";

/**
 * All endpoints, for commands that change models and need no gateway: where none answers, or it does
 * not take the key, it may be of another system, and the person is told that it was not asked.
 *
 * @throws {CommandError} when a gateway takes the key and cannot answer
 */
export async function knownEndpoints(given: Arguments, shell: Shell): Promise<readonly Endpoint[]> {
  try {
    const { data } = await new Gateway(given, shell).json({ path: ENDPOINTS }, endpointListSchema);
    return data;
  } catch (error) {
    const isOurs = error instanceof RefusedError || error instanceof TryAgainError;
    if (isOurs || !(error instanceof CommandError)) throw error;
    const text = `It was not asked whether an endpoint is in the way: ${error.message}`;
    shell.notes.write(`${wrap(text).join("\n")}\n`);
    return [];
  }
}

/** @throws {CommandError} when an endpoint says what the bare name means */
export function refuseEndpoint(name: string, endpoints: readonly Endpoint[]): void {
  if (!endpoints.some((endpoint) => endpoint.name === name)) return;
  throw new CommandError(
    `"${name}" is an endpoint, which says what the name means; nothing was changed. See:\n` +
      `  npx scoreline endpoints get ${name}`,
  );
}

/** @throws {CommandError} when an endpoint gives traffic to the version, or has it as a shadow */
export function refuseTraffic(model: string, endpoints: readonly Endpoint[]): void {
  const some = endpoints.filter(({ variants, shadows }) =>
    [...variants.filter(({ traffic }) => traffic > 0), ...shadows].some((it) => it.model === model),
  );
  if (some.length === 0) return;
  const names = some.map(({ name }) => name).join(", ");
  throw new CommandError(
    `${model} gets traffic from endpoints: ${names}; nothing was changed. First take it from it:\n` +
      `  npx scoreline endpoints set-traffic ${some[0]?.name} VARIANT=PERCENT`,
  );
}
