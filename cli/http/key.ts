import { relative } from "node:path";
import type { Shell } from "../terminal/command.ts";
import type { KeySource } from "../../gateway/page/browser/call/call.ts";
import { readKeyFile } from "../start/api-key.ts";
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
 * Where code that a person is shown takes the key from that `tokenFor` would send: nowhere, when none is
 * known for there. The file may come with the first start.
 */
export function keySource(url: string, shell: Shell): KeySource {
  const { SCORELINE_API_KEY: given = "", AUTH } = shell.environment;
  if (given !== "") return { from: "variable", name: "SCORELINE_API_KEY" };
  if (AUTH === "off" || !isHere(url)) return { from: "nowhere" };
  return { from: "file", path: relative(process.cwd(), keyFileOf(shell)) };
}

function isHere(url: string): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}
