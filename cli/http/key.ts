import { relative } from "node:path";
import type { Shell } from "../terminal/command.ts";
import { readingFrom, readKeyFile } from "../start/api-key.ts";
import { keyFileOf } from "../start/folders.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * The token to send: of SCORELINE_API_KEY, else of this clone's file. The file's is an admin's, so it
 * is sent to this machine only, wherever `--url` points.
 */
export function tokenFor(url: string, shell: Shell): string | undefined {
  const { SCORELINE_API_KEY: given } = shell.environment;
  if (given !== undefined && given !== "") return given.trim();
  return isHere(url) ? readKeyFile(keyFileOf(shell)) : undefined;
}

/**
 * How curl, in a line for a person's shell, sends the key that `tokenFor` would: it is read where the
 * line runs, and stands neither on the screen nor in the shell's history. The file may come with the
 * first start.
 *
 * @returns "" when no key is known for there
 */
export function keyOption(url: string, shell: Shell): string {
  const { SCORELINE_API_KEY: given = "", AUTH } = shell.environment;
  if (given !== "") return `-H "Authorization: Bearer $SCORELINE_API_KEY"`;
  if (AUTH === "off" || !isHere(url)) return "";
  return readingFrom(relative(process.cwd(), keyFileOf(shell)));
}

function isHere(url: string): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}
