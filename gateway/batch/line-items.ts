import type { BatchItem } from "../../shared/batch/items.ts";
import { ScoringError } from "../../shared/error.ts";
import { ROW_BYTES_MAX } from "../../shared/model/pipeline/contract.ts";
import { parseJson } from "../body/json.ts";
import { inLine } from "./batch-request.ts";
import { badItem, readItem, type ItemReader } from "./item.ts";
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
): AsyncGenerator<BatchItem> {
  yield* itemsOfLines(linesOf(body, LINE_BYTES_MAX), reader, skip);
}

/** @param lines those that are left of a body */
export async function* itemsOfLines(
  lines: AsyncIterable<Line>,
  reader: ItemReader,
  skip: number,
): AsyncGenerator<BatchItem> {
  let left = skip;
  for await (const line of lines) {
    if (left > 0) left -= 1;
    else yield itemOf(line, reader);
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
