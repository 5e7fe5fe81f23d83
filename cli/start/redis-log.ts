const LINE = /^\d+:[A-Z] (.*?) ([.\-*#]) (.*)$/;
const LEVELS: Readonly<Record<string, number>> = { ".": 10, "-": 20, "*": 30, "#": 40 };
const KEPT_LINES = 40;

/**
 * Turns a line of Redis's own log into the JSON our other processes write; other text stays as it
 * is. Redis's time stamp has no year in some versions, so the line gets the time it was read.
 */
export function redisLineToJson(line: string, now: number): string {
  const parts = LINE.exec(line);
  const level = LEVELS[parts?.[2] ?? ""];
  if (parts === null || level === undefined) return line;
  return JSON.stringify({ level, time: now, role: "redis", msg: parts[3] });
}

/**
 * Holds back what Redis writes while it starts and stops: it greets with a page of what it calls
 * warnings. Kept for the case that it fails, when every line matters.
 */
export class RedisLog {
  readonly #print: (line: string) => void;
  #held: string[] = [];
  #isQuiet = true;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  take(line: string): void {
    if (!this.#isQuiet) return this.#print(line);
    this.#held = [...this.#held, line].slice(-KEPT_LINES);
  }

  /** From now on lines are printed; what was held back is forgotten. */
  open(): void {
    this.#isQuiet = false;
    this.#held = [];
  }

  /** From now on lines are held back. */
  hush(): void {
    this.#isQuiet = true;
  }

  /** Prints what was held back. */
  spill(): void {
    for (const line of this.#held) this.#print(line);
    this.#held = [];
  }
}
