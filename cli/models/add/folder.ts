import { randomUUID } from "node:crypto";
import { constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, UsageError } from "../../terminal/command.ts";
import { messageOf } from "../../../shared/message-of.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** As a shell has it: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/** @returns the next free version of a model: 1 for one that is new */
export function nextVersion(models: string, name: string): number {
  return Math.max(0, ...versionsOf(models, name)) + 1;
}

/** @throws {UsageError} when `version` is taken, or no version */
export function freeVersion(models: string, name: string, version: string): number {
  if (!/^[1-9]\d{0,8}$/.test(version)) {
    throw new UsageError(`--version ${version}: versions are 1, 2, 3 and so on`);
  }
  if (!existsSync(join(models, name, version))) return Number(version);
  throw new UsageError(
    `--version ${version}: ${name}@${version} is there. The next is ${nextVersion(models, name)}`,
  );
}

/** The version that the bare name of a model means: what its `default` says, else the highest. */
export function defaultOf(models: string, name: string): number {
  const chosen = join(models, name, "default");
  if (existsSync(chosen)) return Number(readFileSync(chosen, "utf8").trim());
  return Math.max(...versionsOf(models, name));
}

function versionsOf(models: string, name: string): readonly number[] {
  const folder = join(models, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((entry) => (/^[1-9]\d*$/.test(entry) ? [Number(entry)] : []));
}

/**
 * A folder in which a version is put together, out of sight of whatever watches the models: its name
 * begins with a dot. It is gone with `Symbol.asyncDispose`, unless it was put in place.
 */
export class Draft implements AsyncDisposable {
  readonly folder: string;
  readonly #models: string;

  private constructor(folder: string, models: string) {
    this.folder = folder;
    this.#models = models;
    for (const signal of SIGNALS) process.once(signal, this.#onSignal);
    // Listening already, and in one go: a signal finds either no folder or one that it removes.
    mkdirSync(folder);
  }

  /**
   * @param isKept false when it is never put in place: then nothing is made among the models
   * @throws {CommandError} when no folder can be made there
   */
  static async begin(models: string, isKept: boolean): Promise<Draft> {
    const folder = join(isKept ? models : tmpdir(), `.scoreline-add-${randomUUID()}`);
    try {
      if (isKept) await mkdir(models, { recursive: true });
      return new Draft(folder, models);
    } catch (cause) {
      throw new CommandError(`nothing can be written there: ${messageOf(cause)}`, { cause });
    }
  }

  /** A draft is gone also with Ctrl-C; only a kill leaves it, where nothing looks. */
  readonly #onSignal = (): never => {
    rmSync(this.folder, { recursive: true, force: true });
    process.exit(INTERRUPTED);
  };

  /** Copies a file, without a second copy on disk where the file system can share blocks. */
  async copy(from: string, name: string): Promise<void> {
    await copyFile(from, join(this.folder, name), constants.COPYFILE_FICLONE);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await writeFile(join(this.folder, name), content);
  }

  /**
   * Makes it a version, in one step; the first of a name is its default.
   *
   * @returns the version's folder
   * @throws {CommandError} when another of the same number came meanwhile
   */
  async putInPlace(name: string, version: number): Promise<string> {
    const home = join(this.#models, name);
    const isFirst = versionsOf(this.#models, name).length === 0;
    await mkdir(home, { recursive: true });
    const folder = join(home, String(version));
    try {
      await rename(this.folder, folder);
    } catch (cause) {
      if (!existsSync(folder)) throw cause;
      throw new CommandError(`${name}@${version} was created meanwhile; run the command again`, {
        cause,
      });
    }
    const chosen = join(home, "default");
    if (isFirst && !existsSync(chosen)) await writeFile(chosen, `${version}\n`);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const signal of SIGNALS) process.removeListener(signal, this.#onSignal);
    await rm(this.folder, { recursive: true, force: true });
  }
}
