import { UsageError, type Arguments } from "./command.ts";

/** @throws {UsageError} when an option is no whole number of this range */
export function wholeNumber(
  { flags }: Pick<Arguments, "flags">,
  name: string,
  least: number,
  most = 999_999_999,
): number {
  const text = String(flags[name]);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === 999_999_999 ? `, ${least} or more` : ` from ${least} to ${most}`;
  throw new UsageError(`--${name} ${text} is not a whole number${range}`);
}
