import { rmSync } from "node:fs";
import { join } from "node:path";
import { ARCHIVED } from "../../shared/model/archived.ts";
import type { ModelVersion, Registry } from "../../shared/model/registry.ts";
import { messageOf } from "../../shared/message-of.ts";
import { CommandError } from "../terminal/command.ts";
import { write } from "./default-version.ts";

/**
 * Refuses to archive what a bare name means while there is another version that it could mean: clients
 * that name no version would be refused.
 *
 * @throws {CommandError} with the command that comes first
 */
export function refuseDefault({ id, name }: ModelVersion, registry: Registry): void {
  const others = registry.versions.filter((it) => it.name === name && !it.isArchived);
  const last = others.findLast((it) => it.id !== id);
  if (last === undefined || registry.defaultOf(name)?.id !== id) return;
  throw new CommandError(
    `"${name}" means ${id}. First let it mean another one: npx scoreline models use ${last.id}`,
  );
}

/** Marks a version as archived, or takes the mark away. @returns whether anything has changed */
export function archive({ folder, isArchived }: ModelVersion, isWanted: boolean): boolean {
  if (isArchived === isWanted) return false;
  const path = join(folder, ARCHIVED);
  if (isWanted) write(path, `${new Date().toISOString()}\n`);
  else remove(path);
  return true;
}

function remove(path: string): void {
  try {
    rmSync(path);
  } catch (cause) {
    throw new CommandError(`cannot remove ${path}: ${messageOf(cause)}`, { cause });
  }
}
