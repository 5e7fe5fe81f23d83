import { z } from "zod";

const ERRORS_MAX = 5;
const TEXT_LENGTH_MAX = 300;

export const lastErrorSchema = z.object({
  /** When it was logged last, in ms, by the clock of its machine. */
  at_ms: z.number(),
  message: z.string(),
  /** The rest of its line, but for the stack. */
  detail: z.string(),
  /** Since the process began, or since others took its place. */
  count: z.int(),
});

export type LastError = z.infer<typeof lastErrorSchema>;

/** pino begins each line with its level: 50 is `error`, 60 `fatal`. */
const OF_ERROR = /^\{"level":[56]0,/;

const lineSchema = z.looseObject({
  time: z.number(),
  msg: z.string(),
  model: z.string().optional(),
  err: z.object({ type: z.string(), message: z.string() }).optional().catch(undefined),
});

/**
 * The last few errors of this process, as its log shows them: the same message, of the same model, once
 * and with a count.
 */
export class LastErrors {
  readonly #errors = new Map<string, LastError>();
  #noted = 0;

  /** Hears each line of the log, when all that must not be shown is out of it. */
  readonly note = (line: string): void => {
    const read = OF_ERROR.test(line) ? readLine(line) : undefined;
    if (read === undefined) return;
    const { time, msg, model, err, level: _, role: __, pid: ___, ...facts } = read;
    const name = `${model ?? ""} ${msg}`;
    const count = 1 + (this.#errors.get(name)?.count ?? 0);
    this.#errors.delete(name);
    const cause = err === undefined ? [] : [`${err.type}: ${err.message}`];
    const detail = [...cause, ...factsOf({ ...(model && { model }), ...facts })].join(", ");
    this.#errors.set(name, { at_ms: time, message: bounded(msg), detail: bounded(detail), count });
    const [oldest = ""] = this.#errors.keys();
    if (this.#errors.size > ERRORS_MAX) this.#errors.delete(oldest);
    this.#noted += 1;
  };

  /** How many there have been in all. */
  get noted(): number {
    return this.#noted;
  }

  newestFirst(): readonly LastError[] {
    return [...this.#errors.values()].toReversed();
  }
}

function readLine(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // what is amiss with a line is no reason not to log it
  }
}

function factsOf(facts: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(facts).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
}

function bounded(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 1)}…`;
}
