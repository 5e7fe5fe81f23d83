import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { jsonOrNothing } from "../terminal/json.ts";

const ROWS_AT_ONCE = 500;

/**
 * What stands in a file of captured lines, some rows at a time; a member that is absent may be null. A line that is
 * no JSON is undefined: the last one, where a courier is writing it.
 *
 * @param path ends in `.ndjson` or `.parquet`
 */
export function rowsOf(path: string): AsyncGenerator<readonly unknown[]> {
  return path.endsWith(".parquet") ? parquetRows(path) : lineRows(path);
}

async function* lineRows(path: string): AsyncGenerator<readonly unknown[]> {
  let rows: unknown[] = [];
  for await (const text of createInterface({ input: createReadStream(path) })) {
    rows.push(jsonOrNothing(text));
    if (rows.length < ROWS_AT_ONCE) continue;
    yield rows;
    rows = [];
  }
  yield rows;
}

async function* parquetRows(path: string): AsyncGenerator<readonly unknown[]> {
  // It is for this command alone: no other waits for its import.
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } =
    await import("hyparquet");
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    yield await parquetReadObjects({ file, metadata, rowStart, rowEnd });
    rowStart = rowEnd;
  }
}
