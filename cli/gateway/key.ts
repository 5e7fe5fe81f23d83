import { join, resolve } from "node:path";
import type { Shell } from "../commands/command.ts";
import { readKeyFile } from "../start/api-key.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** The file in which `npm start` of this clone keeps its key. */
export function keyFileOf({ root, environment }: Shell): string {
  const { DATA_DIR: folder } = environment;
  return join(
    folder === undefined || folder === "" ? join(root, ".scoreline") : resolve(root, folder),
    "api-key",
  );
}

/**
 * The token to send: of SCORELINE_API_KEY, else of this clone's file. The file's is an admin's, so it
 * is sent to this machine only, wherever `--url` points.
 */
export function tokenFor(url: string, shell: Shell): string | undefined {
  const { SCORELINE_API_KEY: given } = shell.environment;
  if (given !== undefined && given !== "") return given.trim();
  return LOOPBACK.has(new URL(url).hostname) ? readKeyFile(keyFileOf(shell)) : undefined;
}

/** The same key in a line for a shell, which reads it where the command did; "" without one. */
export function keyForCurl(url: string, shell: Shell): string {
  return tokenFor(url, shell) === undefined ? "" : futureKeyForCurl(shell);
}

/** The same of a gateway that may not have been started: its key will be in the file by then. */
export function futureKeyForCurl(shell: Shell): string {
  const isGiven = (shell.environment["SCORELINE_API_KEY"] ?? "") !== "";
  const value = isGiven ? "$SCORELINE_API_KEY" : `$(cat '${keyFileOf(shell)}')`;
  return `-H "Authorization: Bearer ${value}" `;
}
