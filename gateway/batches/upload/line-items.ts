import type { BatchItem } from "../../../shared/batch/items.ts";
import { ScoringError } from "../../../shared/error.ts";
import { ROW_BYTES_MAX } from "../../../shared/model/pipelines/contract.ts";
import { parseJson } from "../../http/parse-json.ts";
import { inLine } from "./batch-request.ts";
import { badItem, readEach, readItem, type ItemReader } from "./item.ts";
import { linesOf, type Line } from "./lines.ts";

/** Base64 in JSON, and what stands around it. */
export const LINE_BYTES_MAX = Math.ceil((ROW_BYTES_MAX * 4) / 3) + 65_536;

/**
 * Items that are a line of JSON each.
 *
 * @param skip how many at its beginning the batch has already
 * @throws {ScoringError} naming the line; without the lines that are let pass
 */
export async function* lineItems(
  body: AsyncIterable<Uint8Array>,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<readonly BatchItem[]> {
  yield* itemsOfLines(linesOf(body, LINE_BYTES_MAX), reader, skip);
}

/** @param lines those that are left of a body */
export async function* itemsOfLines(
  lines: AsyncIterable<readonly Line[]>,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<readonly BatchItem[]> {
  let left = skip;
  for await (const some of lines) {
    yield* readEach(some.slice(left), (line) => itemOf(line, reader));
    left = Math.max(0, left - some.length);
  }
}

function itemOf({ number, bytes }: Line, reader: ItemReader): BatchItem {
  try {
    return readItem(() => parseJson(bytes), "", reader);
  } catch (error) {
    const named = inLine(error, number);
    if (reader.isLenient && named instanceof ScoringError) return badItem(named, undefined);
    throw named;
  }
}
