import type { Dirent } from "node:fs";
import { constants, open, readdir, realpath, stat, type FileHandle } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ScoringError } from "../../../shared/error.ts";
import { compileGlob } from "./glob.ts";

/** What a walk comes upon. */
export interface FolderEntry {
  /** In the folder that was asked for, with `/` between names. */
  readonly path: string;
  /** What keeps it from being read, if that is known without looking into it. */
  readonly fault: ScoringError | undefined;
}

/** Names that are looked at before whoever else waits for this process has a turn. */
const NAMES_A_TURN = 8;

/**
 * The operator's folder. Nothing outside of it is read, whatever is asked for and wherever links
 * lead: a file is opened first, and read only when the very file that is open stands inside.
 */
export class BatchFolder {
  readonly #top: string;

  /** @param top absolute path */
  constructor(top: string) {
    this.#top = top;
  }

  /**
   * The files below a folder, in the order of their names; names that begin with a dot are left
   * out. Holds the names of one folder on each level. Links to folders are not followed.
   *
   * @param pattern a glob that paths must match; without a `/`, folders below are not entered
   * @throws {ScoringError} `invalid_input` for a folder that is not there, or not inside
   */
  async *walk(folder: string, pattern: string): AsyncGenerator<FolderEntry> {
    checkPath(folder);
    const path = join(this.#top, folder);
    await this.#demandInside(path, folder);
    const status = await stat(path).catch(() => undefined);
    if (status?.isDirectory() !== true) throw missing(folder, "folder");
    const isMatch = compileGlob(pattern);
    const entries = this.#entries(path, "", pattern.includes("/"));
    let looked = 0;
    for await (const entry of entries) {
      // What does not match is left out without any waiting: thousands of them would hold up all.
      looked += 1;
      if (looked % NAMES_A_TURN === 0) await nextTurn();
      if (isMatch(entry.path) || isFolderLink(entry)) yield entry;
    }
  }

  /**
   * A file, open for reading; who asks for it closes it.
   *
   * @param path below the operator's folder
   * @throws {ScoringError} `invalid_input` unless it is a regular file inside
   */
  async open(path: string): Promise<FileHandle> {
    checkPath(path);
    const full = join(this.#top, path);
    const before = await stat(full).catch(() => undefined);
    if (before === undefined) throw missing(path, "file");
    if (!before.isFile()) throw notRegular();
    // What was a file a moment ago may be a pipe by now: without blocking, opening one returns.
    const handle = await open(full, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
      throw new ScoringError("invalid_input", "The gateway has no permission to read it.", {
        cause,
      });
    });
    try {
      const opened = await handle.stat({ bigint: true });
      if (!opened.isFile()) throw notRegular();
      const real = await this.#demandInside(full, path);
      const there = await stat(real, { bigint: true });
      if (there.dev !== opened.dev || there.ino !== opened.ino) throw outside(path);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async *#entries(full: string, path: string, isDeep: boolean): AsyncGenerator<FolderEntry> {
    const real = await this.#demandInside(full, path);
    const entries = await readdir(real, { withFileTypes: true }).catch((cause: unknown) => {
      throw new ScoringError("invalid_input", `The gateway has no permission to read "${path}".`, {
        cause,
      });
    });
    for (const entry of entries.toSorted((a, b) => compare(a.name, b.name))) {
      if (entry.name.startsWith(".")) continue;
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (!entry.isDirectory()) {
        yield { path: below, fault: await faultOf(entry, join(real, entry.name), isDeep) };
      } else if (isDeep) yield* this.#entries(join(real, entry.name), below, isDeep);
    }
  }

  /** @returns the path without links @throws {ScoringError} unless it is inside */
  async #demandInside(full: string, shown: string): Promise<string> {
    const top = await realpath(this.#top).catch((cause: unknown) => {
      const message = "The batch folder cannot be read right now.";
      throw new ScoringError("service_unavailable", message, { cause });
    });
    const real = await realpath(full).catch(() => undefined);
    if (real === undefined) throw missing(shown, "file or folder");
    const way = relative(top, real);
    if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) throw outside(shown);
    return real;
  }
}

/** By code units, as sorted lists of names are everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const FOLDER_LINK = "It is a link to a folder; links to folders are not followed.";

async function faultOf(
  entry: Dirent,
  full: string,
  isDeep: boolean,
): Promise<ScoringError | undefined> {
  if (entry.isFile()) return undefined;
  if (!entry.isSymbolicLink()) return notRegular();
  const target = await stat(full).catch(() => undefined);
  if (target?.isDirectory() !== true) return undefined; // opening it tells what is wrong
  return isDeep ? new ScoringError("invalid_input", FOLDER_LINK) : notRegular();
}

/** It might lead to files that match: left out without a word they would be lost. */
function isFolderLink({ fault }: FolderEntry): boolean {
  return fault?.message === FOLDER_LINK;
}

/** @throws {ScoringError} `invalid_input` for a path that is absolute, or leads upwards */
function checkPath(path: string): void {
  const isUpwards = path.split(/[/\\]/).includes("..");
  if (isUpwards || isAbsolute(path) || path.includes("\0")) throw outside(path);
}

function outside(path: string): ScoringError {
  return refused(path, "is not inside the batch folder");
}

function missing(path: string, what: string): ScoringError {
  return refused(path, `is not a ${what} in the batch folder`);
}

function refused(path: string, detail: string): ScoringError {
  return new ScoringError("invalid_input", `"${path.slice(0, 200)}" ${detail}.`);
}

function notRegular(): ScoringError {
  return new ScoringError("invalid_input", "It is not a regular file.");
}
