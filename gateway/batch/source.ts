import type { Context } from "hono";
import { z } from "zod";
import type { BatchItem } from "../../shared/batch/items.ts";
import { fault, ScoringError } from "../../shared/error.ts";
import { ROW_BYTES_MAX } from "../../shared/model/pipeline/contract.ts";
import { canonicalJson } from "../body/idempotency-key.ts";
import { parseJson } from "../body/json.ts";
import { readBody } from "../body/read-body.ts";
import {
  batchBodySchema,
  batchLineSchema,
  inLine,
  parseWith,
  type BatchRequest,
} from "./batch-request.ts";
import { badItem, readItem, type ItemReader } from "./item.ts";
import { linesOf, type Line } from "./lines.ts";

/** Items as they come, some at a time. */
export type ItemStream = AsyncIterable<readonly BatchItem[]>;

/** A request to make a batch, before its items are read. */
export interface BatchSource {
  readonly request: BatchRequest;
  /** Where its members stand in the body. */
  readonly pointer: string;
  /** What makes two requests the same one, as far as it is known before the items. */
  readonly fingerprint: string;
  /** Undefined: the batch stays open for uploads. */
  readonly items: ((reader: ItemReader) => ItemStream) | undefined;
}

export interface SourceLimits {
  readonly bodyBytesMax: number;
  /** Items of a JSON body. */
  readonly jsonItemsMax: number;
}

/** Base64 in JSON, and what stands around it. */
const LINE_BYTES_MAX = Math.ceil((ROW_BYTES_MAX * 4) / 3) + 65_536;

/** Media types of lines of JSON; there is no registered one. */
export const lineTypes = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
] as const;

/**
 * Reads what a batch is to be, by the body's content type; its items are read as they are asked for.
 *
 * @throws {ScoringError} `unsupported_media_type`, or naming what is at fault
 */
export async function readSource(c: Context, limits: SourceLimits): Promise<BatchSource> {
  const mediaType = mediaTypeOf(c);
  if (mediaType === "application/json") return jsonSource(c, limits);
  if (isLineType(mediaType)) return lineSource(c);
  const given = mediaType === "" ? "Say what the body is" : `"${mediaType}" is not taken`;
  throw new ScoringError(
    "unsupported_media_type",
    `${given}. A batch is application/json or application/x-ndjson.`,
  );
}

/**
 * The items of an upload to an open batch: lines, without a first one about the batch.
 *
 * @param skip how many items at its beginning the batch has already
 */
export async function* readItems(
  c: Context,
  skip: number,
  reader: ItemReader,
): AsyncGenerator<readonly BatchItem[]> {
  if (!isLineType(mediaTypeOf(c))) {
    const message = "Items are uploaded as application/x-ndjson, one a line.";
    throw new ScoringError("unsupported_media_type", message);
  }
  let left = skip;
  for await (const lines of linesOf(bytesOf(c), LINE_BYTES_MAX)) {
    yield* itemsOf(lines.slice(left), reader);
    left = Math.max(0, left - lines.length);
  }
}

async function jsonSource(c: Context, limits: SourceLimits): Promise<BatchSource> {
  const value = parseJson(await readBody(c, limits.bodyBytesMax));
  const { items, ...request } = parseWith(batchBodySchema, value, "");
  if (items !== undefined && items.length > limits.jsonItemsMax) {
    const most = `a JSON body takes ${limits.jsonItemsMax}; send more as application/x-ndjson`;
    throw fault("payload_too_large", "/items", `has ${items.length} items; ${most}`);
  }
  return {
    request,
    pointer: "",
    fingerprint: canonicalJson(value),
    items:
      items &&
      // oxlint-disable-next-line require-await -- a list that is there is read like one that comes
      async function* (reader) {
        yield items.map((item, i) => readItem(() => item, `/items/${i}`, reader));
      },
  };
}

async function lineSource(c: Context): Promise<BatchSource> {
  const lines = linesOf(bytesOf(c), LINE_BYTES_MAX);
  const first = await lines.next();
  const [line, ...more] = first.value ?? [];
  if (line === undefined) throw fault("invalid_input", "", "The body is empty.");
  const { number, bytes } = line;
  const head = at(number, () => {
    const value = parseJson(bytes);
    const isHead = z.looseObject({ batch: z.unknown() }).safeParse(value).success;
    if (isHead) return parseWith(batchLineSchema, value, "").batch;
    throw fault("invalid_input", "/batch", "is missing: the first line says what the batch is");
  });
  return {
    request: head,
    pointer: "/batch",
    fingerprint: canonicalJson(head),
    items: async function* (reader) {
      yield* itemsOf(more, reader);
      for await (const some of lines) yield* itemsOf(some, reader);
    },
  };
}

/**
 * Items of lines. Those before a bad one come before its error, so that an upload can go on behind them.
 */
function* itemsOf(lines: readonly Line[], reader: ItemReader): Generator<readonly BatchItem[]> {
  const items: BatchItem[] = [];
  try {
    for (const line of lines) items.push(itemOf(line, reader));
  } catch (error) {
    yield items;
    throw error;
  }
  yield items;
}

function itemOf({ number, bytes }: Line, reader: ItemReader): BatchItem {
  return at(number, () => readItem(() => parseJson(bytes), "", reader), reader.isLenient);
}

/** What goes wrong in a line names it. */
function at<T>(line: number, read: () => T): T;
function at(line: number, read: () => BatchItem, isLenient: boolean): BatchItem;
function at<T>(line: number, read: () => T, isLenient = false): T | BatchItem {
  try {
    return read();
  } catch (error) {
    const named = inLine(error, line);
    if (isLenient && named instanceof ScoringError) return badItem(named, undefined);
    throw named;
  }
}

/** @throws {ScoringError} `unsupported_media_type` for a compressed body */
export function bytesOf(c: Context): AsyncIterable<Uint8Array> {
  const encoding = c.req.header("content-encoding");
  if (encoding !== undefined && encoding !== "identity") {
    throw new ScoringError("unsupported_media_type", "Compressed bodies are not taken.");
  }
  return c.req.raw.body ?? ReadableStream.from([]);
}

export function mediaTypeOf(c: Context): string {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}

function isLineType(mediaType: string): boolean {
  return lineTypes.some((it) => it === mediaType);
}
