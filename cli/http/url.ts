import { join } from "node:path";
import { parseConfig } from "../../shared/config.ts";
import { UsageError, type Shell } from "../terminal/command.ts";
import { publicUrl } from "../start/banner.ts";
import { startConfigSchema } from "../start/config.ts";
import { readHolder } from "../start/lock.ts";
import { dataFolderOf } from "../start/folders.ts";

/**
 * Where a command finds the gateway: as it was told, else as `PORT` or `HOST` say, else where the
 * `npm start` of this data folder is, else the usual place. The key's file is of the same folder, so
 * that a command acts on one system and never on two halves.
 *
 * @param given of `--url`
 * @throws {UsageError} when that is not an http URL
 */
export function gatewayUrl(given: unknown, shell: Shell): string {
  if (typeof given === "string") return baseUrl(given);
  const { HOST, PORT } = parseConfig(startConfigSchema, shell.environment);
  const isSaid = [shell.environment["HOST"], shell.environment["PORT"]].some((it) => it);
  const started = isSaid ? null : readHolder(join(dataFolderOf(shell), "lock.json"));
  return started?.url ?? publicUrl(HOST, PORT);
}

function baseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError(`--url ${text} is not an http URL`);
  }
  return text.replace(/(?<!\/)\/+$/, "");
}
