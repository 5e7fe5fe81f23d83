/** A command, or a start, that failed: the message is all a person needs. Exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** A command that was typed wrongly; the message says how it is meant. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * What options are for, by how they are typed: `--wait` is a switch, `--out FILE` and `-f FILE`
 * have a value, `--param NAME=VALUE ...` may be given more than once. A name in capitals is an environment
 * variable, which stands in help only.
 */
export type Options = Readonly<
  Record<string, string | { readonly help: string; readonly default: string }>
>;

/** What the person typed after the command's name, by its own options. */
export interface Arguments {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Of options that may be given more than once. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** What a command may touch. */
export interface Shell {
  /** The clone, or the folder that the npm package serves. */
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  /** A line of what was asked for, to stdout. */
  print(line: string): void;
  /** Where `print` writes; for what does not fit into memory. */
  readonly output: NodeJS.WriteStream;
  /** Where a person types, if it is a terminal. */
  readonly input: NodeJS.ReadStream;
  /** What happens meanwhile, to stderr. */
  readonly notes: NodeJS.WriteStream;
}

/** One command of `scoreline`. */
export interface Command {
  /** As it is typed: `models list`. */
  readonly name: string;
  /** What has to be typed after the name, `FILE --model NAME`; may be, `[FILE]`, `[FILE]...`. */
  readonly usage: string;
  readonly summary: string;
  /** What there is to know beside the options, in lines of at most 80 columns. */
  readonly about?: string;
  readonly options: Options;
  /** Without `npx scoreline`, unless it stands within. */
  readonly examples: readonly string[];
  /**
   * @returns the exit code, of one that may end otherwise than done: nothing is 0
   * @throws {CommandError} when it failed for a reason a person can mend
   * @throws {UsageError} when the options do not go together
   */
  run(given: Arguments, shell: Shell): Promise<number | void>;
}
