import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The file that marks a version as archived: it takes no new jobs, and those that were accepted run as
 * ever. It is the only file that may come to a published version, and go; its content is for people.
 */
export const ARCHIVED = "archived";

export function isArchived(folder: string): boolean {
  return existsSync(join(folder, ARCHIVED));
}

/** What a person types to have it scored again. */
export function unarchiveCommand(id: string): string {
  return `npx scoreline models archive ${id} --undo`;
}
