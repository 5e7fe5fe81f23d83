import type { Logger } from "./log.ts";

/** Shorter names are too near to names that other programs read. */
const LENGTH_MIN = 8;
/** Names of this length may differ by two characters. */
const LONG = 11;

/** A variable that nobody reads, and the setting that it is nearly called. */
export interface Misspelt {
  readonly name: string;
  readonly meant: string;
}

/**
 * Variables of an environment whose names are nearly those of settings: nobody would read them, and
 * nobody would say so.
 *
 * @param known names of settings
 */
export function misspeltIn(
  environment: NodeJS.ProcessEnv,
  known: readonly string[],
): readonly Misspelt[] {
  const settings = known.filter((name) => name.length >= LENGTH_MIN);
  return Object.keys(environment)
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const meant = settings.find((it) => isNear(name.toUpperCase(), it));
      return meant === undefined ? [] : [{ name, meant }];
    });
}

/** Says so of each. @param known names of settings of this process */
export function warnOfMisspelt(
  environment: NodeJS.ProcessEnv,
  known: readonly string[],
  logger: Logger,
): void {
  for (const { name, meant } of misspeltIn(environment, known)) {
    logger.warn({ variable: name }, `${name} is no setting: did you mean ${meant}?`);
  }
}

/** Whether one becomes the other by one character more, less, or another, or by two where both are long. */
export function isNear(a: string, b: string): boolean {
  const most = Math.min(a.length, b.length) >= LONG ? 2 : 1;
  return Math.abs(a.length - b.length) <= most && distance(a, b) <= most;
}

/** Characters to add, take out or change (Levenshtein). */
function distance(a: string, b: string): number {
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, character] of Array.from(a).entries()) {
    const row = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const changed = (last[j] ?? 0) + (character === other ? 0 : 1);
      row.push(Math.min(changed, (last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    last = row;
  }
  return last.at(-1) ?? 0;
}
