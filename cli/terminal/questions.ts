import { createInterface } from "node:readline/promises";
import { CommandError, UsageError, type Arguments } from "./command.ts";
import { cut } from "./table.ts";

/** Something that a person has to say, by a flag or when asked. */
export interface Question {
  /** Without its dashes. */
  readonly flag: string;
  /** As it is asked on a terminal, without a question mark's worth of default. */
  readonly text: string;
  /** Taken for an empty answer, and without a terminal; without one, there has to be an answer. */
  readonly byDefault?: string;
  /** @returns what is wrong with an answer, or undefined */
  readonly fault?: (answer: string) => string | undefined;
}

/** Where questions are asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly notes: NodeJS.WritableStream;
}

/**
 * Answers to questions: from flags; else, on a terminal, from the person; else the default, which is
 * then remembered in `assumed`.
 */
export class Questions {
  readonly #flags: Arguments["flags"];
  /** Null when nobody is to be asked. */
  readonly #terminal: Terminal | null;
  readonly #assumed: { flag: string; value: string }[] = [];

  constructor(flags: Arguments["flags"], terminal: Terminal | null) {
    this.#flags = flags;
    this.#terminal = terminal;
  }

  /** Whether a person is asked. */
  get isAsking(): boolean {
    return this.#terminal !== null;
  }

  /** Defaults that nobody has looked at, in the order of their questions. */
  get assumed(): readonly { readonly flag: string; readonly value: string }[] {
    return this.#assumed;
  }

  /** What a flag says, or undefined; for what is never asked. */
  said(flag: string): string | undefined {
    const value = this.#flags[flag];
    return typeof value === "string" ? value : undefined;
  }

  /** Whether a switch is given. */
  isOn(flag: string): boolean {
    return this.#flags[flag] === true;
  }

  /**
   * Whether a person agrees: by a switch, or when asked. Without either they do not.
   *
   * @param text of the question, without its question mark's worth of answers
   */
  async agrees(flag: string, text: string): Promise<boolean> {
    if (this.isOn(flag)) return true;
    if (this.#terminal === null) return false;
    const fault = (answer: string): string | undefined =>
      /^(?:y|yes|n|no)$/i.test(answer) ? undefined : "yes or no?";
    const question = { flag, text: `${text} (yes or no)`, byDefault: "no", fault };
    return /^y/i.test(await askPerson(question, this.#terminal));
  }

  /** Says something before it asks; nothing when nobody is asked. */
  tell(line: string): void {
    this.#terminal?.notes.write(`${line}\n`);
  }

  /**
   * @throws {CommandError} when the person ends the input instead
   * @throws {UsageError} naming the flag, when it is wrong or there is nobody to ask
   */
  async ask(question: Question): Promise<string> {
    const { flag, text, byDefault } = question;
    const said = this.said(flag);
    if (said !== undefined) {
      const fault = question.fault?.(said);
      if (fault !== undefined) throw new UsageError(`--${flag} ${said}: ${fault}`);
      return said;
    }
    if (this.#terminal !== null) return askPerson(question, this.#terminal);
    if (byDefault === undefined) throw new UsageError(`--${flag} is missing.\n${text}`);
    this.#assumed.push({ flag, value: byDefault });
    return byDefault;
  }
}

async function askPerson(
  { text, byDefault, fault }: Question,
  { input, notes }: Terminal,
): Promise<string> {
  const lines = createInterface({ input, output: notes });
  const ended = Promise.withResolvers<never>();
  lines.once("close", () => ended.reject(new CommandError("no answer; nothing was done")));
  ended.promise.catch(() => undefined);
  try {
    for (;;) {
      const prompt = `${text}${suggested(byDefault)}\n> `;
      const typed = (await Promise.race([lines.question(prompt), ended.promise])).trim();
      const answer = typed === "" ? byDefault : typed;
      const wrong = answer === undefined ? "there is no default" : faultOf(answer, fault);
      if (answer !== undefined && wrong === undefined) return answer;
      notes.write(`${wrong}\n`);
    }
  } finally {
    lines.close();
  }
}

/** On a terminal, what would end the command elsewhere (a file that is not there) is asked again. */
function faultOf(answer: string, fault: Question["fault"]): string | undefined {
  try {
    return fault?.(answer);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function suggested(byDefault: string | undefined): string {
  if (byDefault === undefined) return "";
  return ` [${cut(byDefault, SUGGESTION_MAX)}]`;
}

const SUGGESTION_MAX = 30;
