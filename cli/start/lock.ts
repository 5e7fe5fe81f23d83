import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { CommandError } from "../terminal/command.ts";

const holderSchema = z.object({
  v: z.literal(1),
  pid: z.int().positive(),
  identity: z.string(),
  since: z.string(),
  url: z.string(),
});

/** Who holds a data folder. `identity` is the process's, so that a reused pid does not count. */
export type Holder = z.infer<typeof holderSchema>;

type IdentityOf = (pid: number) => string | null;

/** Whether the process that wrote the lock still lives. An unreadable lock holds nothing. */
export function isHeld(holder: Holder | null, identityOf: IdentityOf): boolean {
  return holder !== null && identityOf(holder.pid) === holder.identity;
}

/**
 * Takes the data folder for this process. A lock whose process is gone is replaced.
 *
 * @throws {CommandError} naming the holder when it lives
 */
export function acquireLock(path: string, self: Holder, identityOf: IdentityOf): void {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (linkLock(path, self)) return;
    const found = readHolder(path);
    if (found !== null && isHeld(found, identityOf)) throw inUse(path, found);
    removeStale(path, self.pid, identityOf);
  }
  throw new CommandError(`could not take ${path}: another start is trying at the same time`);
}

/** Gives the folder back, unless another process has taken it since. */
export function releaseLock(path: string, self: Holder): void {
  const found = readHolder(path);
  if (found?.pid === self.pid && found.identity === self.identity) rmSync(path, { force: true });
}

/** A hard link appears at once and whole, so nobody ever reads half a lock. */
function linkLock(path: string, self: Holder): boolean {
  const draft = `${path}.${self.pid}`;
  writeFileSync(draft, `${JSON.stringify(self)}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Moves the stale lock aside before removing it, and looks again: of two starts that saw the same
 * stale lock, the slower one would otherwise remove the faster one's new lock.
 */
function removeStale(path: string, pid: number, identityOf: IdentityOf): void {
  const aside = `${path}.stale.${pid}`;
  try {
    renameSync(path, aside);
    if (isHeld(readHolder(aside), identityOf)) linkSync(aside, path);
  } catch (error) {
    if (!hasCode(error, "ENOENT") && !hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

export function readHolder(path: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Absent, cut short by a full disk, or of another format: in no case a living holder of ours.
    return null;
  }
}

function inUse(path: string, { pid, since, url }: Holder): CommandError {
  return new CommandError(
    [
      `Scoreline already runs here: pid ${pid}, since ${since}, at ${url} (lock: ${path}).`,
      `Stop it with Ctrl-C in its terminal or \`kill ${pid}\`, or start a second one beside it:`,
      `  DATA_DIR=.scoreline-2 PORT=8081 npm start`,
    ].join("\n"),
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
