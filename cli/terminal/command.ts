import type { ParseArgsOptionsConfig } from "node:util";

/** A command that could not do what it was asked: the message is all a person needs. Exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Words that make no command, said with the remedy. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the person typed after the command's name, by its own `options`. */
export interface Arguments {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Of options that may be said more than once. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** What a command may touch. */
export interface Shell {
  /** The repository's folder. */
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
  /** What is typed after the name, for the usage line. */
  readonly usage: string;
  readonly summary: string;
  /** At most 80 columns; options and examples. */
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** Fewest and most words after the name. */
  readonly words: readonly [number, number];
  /**
   * @returns the exit code
   * @throws {CommandError} when it failed for a reason a person can mend
   * @throws {UsageError} when the words make no sense together
   */
  run(given: Arguments, shell: Shell): Promise<number>;
}
