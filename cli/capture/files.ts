import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../terminal/command.ts";

/** A file of what an endpoint has captured. */
export interface CapturedFile {
  readonly path: string;
  readonly variant: string;
  readonly kind: string;
  /** By when its jobs ended, or its labels came: `2026-11-29`. */
  readonly day: string;
}

const PATTERN =
  /^(?<variant>[^/]+)\/(?<kind>[^/]+)\/(?<day>\d{4}\/\d\d\/\d\d)\/(?<file>[^/]+)\.(?<type>ndjson|parquet)$/;

/**
 * Files of an endpoint, by day and hour: lines of JSON, and Parquet where those are not beside it.
 *
 * @param folder CAPTURE_FOLDER, or what was made of it
 * @throws {CommandError} when there is nothing of the endpoint
 */
export async function capturedFiles(
  folder: string,
  endpoint: string,
): Promise<readonly CapturedFile[]> {
  const top = join(folder, endpoint);
  const paths = await readdir(top, { recursive: true }).catch((cause: unknown) => {
    throw new CommandError(`${folder} has nothing that ${endpoint} captured`, { cause });
  });
  const known = new Set(paths);
  return paths
    .flatMap((path) => {
      const { variant, kind, day, file, type } = PATTERN.exec(path)?.groups ?? {};
      if (variant === undefined || kind === undefined || day === undefined) return [];
      const isCopy = type === "parquet" && known.has(path.replace(/parquet$/, "ndjson"));
      const found = { path: join(top, path), variant, kind, day: day.replaceAll("/", "-") };
      return isCopy ? [] : [{ ...found, order: `${day}/${file}` }];
    })
    .toSorted((a, b) => (a.order < b.order ? -1 : 1));
}
