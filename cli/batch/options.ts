import { UsageError, type Arguments } from "../terminal/command.ts";
import { UNITS_MS } from "../terminal/instant.ts";
import { wholeNumber } from "../terminal/whole-number.ts";

/** What options say of a batch, as members of its request; the gateway knows what is right. */
export function membersOf(given: Arguments): Record<string, unknown> {
  const { flags, lists } = given;
  const { model, window, priority, "max-failed": maxFailed, "keep-inputs": keepInputs } = flags;
  return {
    ...(model === undefined ? {} : { model }),
    ...(lists["param"] === undefined ? {} : { parameters: pairsOf("param", lists["param"]) }),
    ...(maxFailed === undefined ? {} : { max_failed: wholeNumber(given, "max-failed", 0) }),
    ...(window === undefined ? {} : { completion_window_ms: millisecondsOf(String(window)) }),
    ...(priority === undefined ? {} : { priority }),
    ...(keepInputs === undefined ? {} : { keep_inputs: keepInputs }),
    ...(lists["metadata"] === undefined
      ? {}
      : { metadata: pairsOf("metadata", lists["metadata"]) }),
  };
}

/** `top_k=3` is a number, `name=x` a text: a value is JSON where it can be. @throws {UsageError} */
export function pairsOf(flag: string, pairs: readonly string[]): Record<string, unknown> {
  const entries = pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--${flag} ${pair} is not NAME=VALUE`);
    return [pair.slice(0, at), valueOf(pair.slice(at + 1))] as const;
  });
  return Object.fromEntries(entries);
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `90s`, `30m`, `6h`, `2d` in ms. @throws {UsageError} */
export function millisecondsOf(text: string): number {
  const [, amount, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * (UNITS_MS[unit] ?? 0);
  throw new UsageError(`--window ${text} is not a time such as 90s, 30m, 6h or 2d`);
}
