import { createReadStream, readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { CommandError, UsageError, type Shell } from "../terminal/command.ts";
import { csvSource } from "./csv.ts";
import { folderSource } from "./folder.ts";
import { listSource } from "./json-list.ts";
import { lineSource } from "./ndjson.ts";
import type { Source, SourceOptions } from "./sent-item.ts";

/**
 * Opens what is to be scored, by its extension; `-` is NDJSON from standard input.
 *
 * @throws {UsageError} when there is no such file, or it is none of these
 */
export async function openSource(
  what: string,
  options: SourceOptions,
  shell: Shell,
): Promise<Source> {
  if (what === "-") {
    return lineSource({ name: "stdin", bytes: shell.input, size: undefined }, options);
  }
  const found = statSync(what, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`there is no ${what}`);
  if (found.isDirectory()) return folderSource(what);
  const file = { name: what, bytes: createReadStream(what), size: found.size };
  switch (extname(what).toLowerCase()) {
    case ".ndjson":
    case ".jsonl":
      return lineSource(file, options);
    case ".csv":
      return csvSource(file);
    case ".json":
      return listSource(what, textOf(what), options);
    default:
      throw new UsageError(
        `${what} is neither a folder nor .ndjson, .jsonl, .json or .csv; see: scoreline batch submit --help`,
      );
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CommandError(`cannot read ${path}`, { cause });
  }
}
