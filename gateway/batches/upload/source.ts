import type { Context } from "hono";
import { z } from "zod";
import type { BatchItem } from "../../../shared/batch/items.ts";
import { fault, ScoringError } from "../../../shared/error.ts";
import { ROW_BYTES_MAX } from "../../../shared/model/pipelines/contract.ts";
import type { BodyBudget } from "../../http/body-budget.ts";
import { canonicalJson } from "../../http/idempotency-key.ts";
import { parseBody, parseJson, parseWith } from "../../http/parse-json.ts";
import { mediaTypeOf, readBody, refuseCharset, streamedBody } from "../../http/read-body.ts";
import {
  batchBodySchema,
  batchLineSchema,
  batchSchema,
  inLine,
  itemsBodySchema,
  type BatchRequest,
} from "./batch-request.ts";
import { csvItems } from "./csv-items.ts";
import type { BatchFolder } from "./folder.ts";
import { folderItems } from "./folder-items.ts";
import { formItems } from "./form-items.ts";
import { formParts, type FormPart } from "../../http/form-parts.ts";
import { readItem, type ItemReader, itemsOfLines, LINE_BYTES_MAX, lineItems } from "./item.ts";
import { linesOf } from "./lines.ts";
import { headOfQuery } from "./query-head.ts";

/** Items as they come, some at a time. */
export type ItemStream = AsyncIterable<readonly BatchItem[]>;

/** Reads items as they are asked for. @param skip how many the batch has already */
export type StreamItems = (reader: ItemReader, skip: number) => ItemStream;

/** A request to make a batch, before its items are read. */
export interface BatchSource {
  readonly request: BatchRequest;
  /** Where its members stand in the body; undefined when that is in the query. */
  readonly pointer: string | undefined;
  /** What makes two requests the same one, as far as it is known before the items. */
  readonly fingerprint: string;
  /** Undefined: the batch stays open for uploads. */
  readonly items: StreamItems | undefined;
}

export interface SourceLimits {
  readonly bodies: BodyBudget;
  /** Items of a JSON body. */
  readonly jsonItemsMax: number;
  /** Undefined when the operator lends none. */
  readonly folder: BatchFolder | undefined;
}

/** Media types of lines of JSON; there is no registered one. */
export const lineTypes = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
] as const;

/** Most of a form's field; the one named `batch` says what the batch is. */
const FIELD_BYTES_MAX = 64 * 1024;

/** What a body may be, by its content type. */
interface BodyKind {
  /** A whole batch. */
  readonly batch: (c: Context, limits: SourceLimits) => Promise<BatchSource>;
  /** More items of one that is open. */
  readonly items: (c: Context, limits: SourceLimits) => Promise<StreamItems>;
}

const KINDS: Readonly<Record<string, BodyKind>> = {
  "application/json": { batch: jsonBatch, items: jsonItems },
  ...Object.fromEntries(
    lineTypes.map((type) => [
      type,
      { batch: lineBatch, items: async (c: Context) => streamOf(c, lineItems) },
    ]),
  ),
  "text/csv": { batch: csvBatch, items: csvStream },
  "multipart/form-data": {
    batch: formBatch,
    items: async (c) => Promise.resolve(streamOfParts(partsOf(c))),
  },
};

/**
 * Reads what a batch is to be, by the body's content type; its items are read as they are asked for.
 *
 * @throws {ScoringError} `unsupported_media_type`, or naming what is at fault
 */
export async function readSource(c: Context, limits: SourceLimits): Promise<BatchSource> {
  return kindOf(c).batch(c, limits);
}

/** The items of an upload to an open batch: a body of the same kinds, without a head. */
export async function readItems(c: Context, limits: SourceLimits): Promise<StreamItems> {
  return kindOf(c).items(c, limits);
}

function kindOf(c: Context): BodyKind {
  const mediaType = mediaTypeOf(c);
  const kind = Object.hasOwn(KINDS, mediaType) ? KINDS[mediaType] : undefined;
  if (kind !== undefined) return kind;
  const given = mediaType === "" ? "`Content-Type` is missing" : `"${mediaType}" is not accepted`;
  const taken = Object.keys(KINDS).join(", ");
  throw new ScoringError("unsupported_media_type", `${given}. Items are accepted as ${taken}.`);
}

async function jsonBatch(c: Context, limits: SourceLimits): Promise<BatchSource> {
  const value = parseJson(await readBody(c, limits.bodies));
  const { items, source, ...request } = parseWith(batchBodySchema, value, "");
  if (items !== undefined && source !== undefined) {
    throw fault("invalid_input", "", "Send either `items` or `source`.");
  }
  if (items !== undefined && items.length > limits.jsonItemsMax) {
    const most = `a JSON body takes ${limits.jsonItemsMax}; send more as application/x-ndjson`;
    throw fault("payload_too_large", "/items", `has ${items.length} items; ${most}`);
  }
  const stream = source && ((reader: ItemReader) => folderItems(source, limits.folder, reader, 0));
  return {
    request,
    pointer: "",
    fingerprint: canonicalJson(value),
    items: items === undefined ? stream : (reader) => listItems(items, reader),
  };
}

// oxlint-disable-next-line require-await -- a list that is there is read like one that comes
async function* listItems(
  items: readonly unknown[],
  reader: ItemReader,
): AsyncGenerator<readonly BatchItem[]> {
  yield items.map((item, i) => readItem(() => item, `/items/${i}`, reader));
}

async function jsonItems(c: Context, limits: SourceLimits): Promise<StreamItems> {
  const { source } = parseBody(itemsBodySchema, await readBody(c, limits.bodies));
  return (reader, skip) => folderItems(source, limits.folder, reader, skip);
}

async function lineBatch(c: Context): Promise<BatchSource> {
  const lines = linesOf(streamedBody(c), LINE_BYTES_MAX);
  const first = await lines.next();
  const [line, ...more] = first.value ?? [];
  if (line === undefined) throw fault("invalid_input", "", "The body is empty.");
  const head = headOfLine(line.bytes, line.number);
  return {
    request: head,
    pointer: "/batch",
    fingerprint: canonicalJson(head),
    items: (reader, skip) => itemsOfLines(behind(more, lines), reader, skip),
  };
}

function headOfLine(bytes: Buffer, number: number): BatchRequest {
  try {
    const value = parseJson(bytes);
    const isHead = z.looseObject({ batch: z.unknown() }).safeParse(value).success;
    if (isHead) return parseWith(batchLineSchema, value, "").batch;
    throw fault("invalid_input", "/batch", "is missing: the first line must describe the batch");
  } catch (error) {
    throw inLine(error, number);
  }
}

async function csvBatch(c: Context): Promise<BatchSource> {
  return inQueryBatch(c, await csvStream(c));
}

async function csvStream(c: Context): Promise<StreamItems> {
  refuseCharset(c.req.header("content-type") ?? "");
  return streamOf(c, csvItems);
}

/** The head is a part of its own, the first one; or it stands in the query. */
async function formBatch(c: Context): Promise<BatchSource> {
  const parts = partsOf(c);
  const first = await parts.next();
  if (first.done === true) throw fault("invalid_input", "", "The form is empty.");
  const part = first.value;
  if (part.kind === "file" || part.name !== "batch") {
    return inQueryBatch(c, streamOfParts(behind(part, parts)));
  }
  const request = parseWith(batchSchema, parseJson(Buffer.from(part.text)), "/batch");
  const fingerprint = canonicalJson(request);
  return { request, pointer: "/batch", fingerprint, items: streamOfParts(parts) };
}

async function* behind<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

async function inQueryBatch(c: Context, items: StreamItems): Promise<BatchSource> {
  const request = await headOfQuery(c);
  const fingerprint = canonicalJson([mediaTypeOf(c), request]);
  return { request, pointer: undefined, fingerprint, items };
}

async function streamOf(
  c: Context,
  read: (body: AsyncIterable<Uint8Array>, reader: ItemReader, skip: number) => ItemStream,
): Promise<StreamItems> {
  const body = streamedBody(c);
  return Promise.resolve((reader, skip) => read(body, reader, skip));
}

function partsOf(c: Context): AsyncGenerator<FormPart> {
  return formParts(streamedBody(c), c.req.header("content-type") ?? "", {
    fileBytesMax: ROW_BYTES_MAX,
    fieldBytesMax: FIELD_BYTES_MAX,
    takesUnnamedFiles: true,
  });
}

function streamOfParts(parts: AsyncIterable<FormPart>): StreamItems {
  return (reader, skip) => formItems(parts, reader, skip);
}
