import { isPassing, type Gateway } from "../http/gateway.ts";
import { CommandError } from "../terminal/command.ts";
import { rest } from "../terminal/interrupt.ts";
import type { LiveLine } from "../terminal/live-line.ts";
import { readEndpoint, type Endpoint, type Variant } from "./endpoint.ts";
import { statesText } from "./print-endpoint.ts";

const LOOK_MS = 1000;

/** How to wait. */
export interface Wait {
  readonly gateway: Gateway;
  readonly line: LiveLine;
  readonly seconds: number;
}

/**
 * The endpoint once all of its variants are ready, or have no worker because there is no work: one that
 * scales from zero would be waited for in vain.
 *
 * @throws {CommandError} when it takes longer, saying what is in the way; when the person ends it
 */
export async function settledEndpoint(name: string, wait: Wait): Promise<Endpoint> {
  const { gateway, line, seconds } = wait;
  const endMs = performance.now() + seconds * 1000;
  try {
    for (;;) {
      const isLast = performance.now() >= endMs;
      const endpoint = await read(name, gateway, isLast);
      if (endpoint?.variants.every(isSettled) === true) return endpoint;
      if (endpoint !== undefined) {
        if (isLast) throw new CommandError(overdue(endpoint, seconds));
        line.show(() => statesText(endpoint));
      }
      await rest(LOOK_MS, gateway.signal);
    }
  } finally {
    line.clear();
  }
}

/** @returns undefined when the gateway is away for a moment */
async function read(
  name: string,
  gateway: Gateway,
  isLast: boolean,
): Promise<Endpoint | undefined> {
  try {
    return await readEndpoint(gateway, name);
  } catch (error) {
    if (isLast || !isPassing(error)) throw error;
    return undefined;
  }
}

function isSettled({ state: { status } }: Variant): boolean {
  return status === "ready" || status === "scales_from_zero";
}

function overdue({ name, variants }: Endpoint, seconds: number): string {
  const reasons = variants
    .filter((variant) => !isSettled(variant))
    .map(({ name: variant, model, state: { status, detail } }) => {
      const how = status.replaceAll("_", " ");
      return `  ${variant} (${model}): ${how}${detail === null ? "" : `. ${detail}`}`;
    });
  return `${name} is not ready after ${seconds} s:\n${reasons.join("\n")}`;
}
