import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ARCHIVED, isArchived } from "./archived.ts";

/**
 * What a version's folder holds, as a short text that changes when a file is added, replaced or
 * removed: names, times, sizes and inodes. Contents are not read; a moved-in file has another inode.
 * Empty when the folder cannot be read. That it is archived is no part of it: nothing is loaded anew.
 */
export function editionOf(folder: string): string {
  return entriesOf(folder)
    .filter((name) => name !== ARCHIVED)
    .map((name) => `${name}:${stampOf(join(folder, name))}`)
    .join("|");
}

/**
 * The same of a whole folder of models: every version's, which are archived, and what `default` files
 * say. Names that begin with a dot are none of the models.
 */
export function fingerprintOf(models: string): string {
  const names = entriesOf(models).filter((name) => !name.startsWith("."));
  const lines = names.flatMap((name) =>
    entriesOf(join(models, name)).map((entry) => {
      const path = join(models, name, entry);
      if (entry === "default") return `${path} ${stampOf(path)}`;
      return /^[1-9]\d*$/.test(entry) ? `${path} ${isArchived(path)} ${editionOf(path)}` : path;
    }),
  );
  return lines.join("\n");
}

/** None where there is no folder, or no longer. */
function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "gone" : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
}
