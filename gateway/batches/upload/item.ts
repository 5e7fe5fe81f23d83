import { z } from "zod";
import {
  CUSTOM_ID_BYTES_MAX,
  EXPECTED_BYTES_MAX,
  ITEM_PARAMETERS_BYTES_MAX,
  type BadItem,
  type BatchItem,
} from "../../../shared/batch/items.ts";
import { fault, ScoringError, toProblem } from "../../../shared/error.ts";
import { type PipelineContract, ROW_BYTES_MAX } from "../../../shared/model/pipelines/contract.ts";
import { parseWith, parseJson } from "../../http/parse-json.ts";
import type { CustomIds } from "./custom-ids.ts";
import { inLine } from "./batch-request.ts";
import { linesOf, type Line } from "./lines.ts";
import { PlainItems } from "./plain-item.ts";

/** One item as JSON. */
export const itemSchema = z.strictObject({
  custom_id: z
    .string()
    .min(1)
    .refine((id) => Buffer.byteLength(id) <= CUSTOM_ID_BYTES_MAX, {
      error: `is longer than ${CUSTOM_ID_BYTES_MAX} bytes`,
    })
    .refine((id) => id.isWellFormed(), { error: "holds half of a character" })
    .nullish()
    .describe("Yours; must be unique within the batch."),
  input: z.unknown().describe("One input, following the model's input schema."),
  parameters: z.unknown().optional().describe("Overrides the batch's parameters."),
  expected: z
    .unknown()
    .optional()
    .describe(
      "What the output should say, if you know: told in its result, and compared by replays.",
    ),
});

const namedSchema = z.looseObject({ custom_id: itemSchema.shape.custom_id });

/** What items are read with. */
export interface ItemReader {
  readonly contract: PipelineContract;
  readonly customIds: CustomIds;
  /** A bad item is let pass as one that fails. */
  readonly isLenient: boolean;
  /** Why nothing that the model answers can be as expected. */
  readonly truthFault?: (truth: unknown) => string | undefined;
}

/**
 * Reads one item.
 *
 * @param read gives its JSON value @param pointer where it stands in the body
 * @throws {ScoringError} `invalid_input`, `unknown_field`, `invalid_json`, unless bad items are let pass
 */
export function readItem(
  read: () => unknown,
  pointer: string,
  { contract, customIds, isLenient, truthFault }: ItemReader,
): BatchItem {
  let customId: string | undefined;
  try {
    const value = read();
    if (isLenient) customId = customIdOf(value);
    const item = parseWith(itemSchema, value, pointer);
    customId = item.custom_id ?? undefined;
    const made = {
      customId,
      parameters: parametersOf(item.parameters, contract, `${pointer}/parameters`),
      row: parseWith(contract.input, item.input, `${pointer}/input`),
      ...expectedOf(item.expected, `${pointer}/expected`, truthFault),
    };
    claim(customId, customIds, pointer);
    return made;
  } catch (error) {
    if (!isLenient || !(error instanceof ScoringError)) throw error;
    return badItem(error, customId);
  }
}

/**
 * Reads some items. Those before a bad one come before its error, so that an upload can go on behind
 * them.
 */
export function* readEach<T>(
  things: readonly T[],
  read: (thing: T) => BatchItem,
): Generator<readonly BatchItem[]> {
  const items: BatchItem[] = [];
  try {
    for (const thing of things) items.push(read(thing));
  } catch (error) {
    yield items;
    throw error;
  }
  yield items;
}

/** An item that fails without a run. */
export function badItem(error: ScoringError, customId: string | undefined): BadItem {
  return { customId, problem: JSON.stringify(toProblem(brief(error))) };
}

/** Faults that a bad item is kept with, and characters of their summary. */
const FAULTS_KEPT = 3;
const DETAIL_KEPT = 300;

/** A million bad items are kept, in Redis: each with its first faults. */
function brief({ code, message, faults, unlisted, members }: ScoringError): ScoringError {
  const kept = faults.slice(0, FAULTS_KEPT);
  const more = unlisted + faults.length - kept.length;
  const cut = message.length > DETAIL_KEPT ? `${message.slice(0, DETAIL_KEPT)} …` : message;
  return new ScoringError(code, cut, { faults: kept, unlisted: more, members });
}

/** @throws {ScoringError} `invalid_input` when another item of the batch has it */
export function claim(customId: string | undefined, customIds: CustomIds, pointer: string): void {
  if (customId === undefined || customIds.add(customId)) return;
  throw fault("invalid_input", `${pointer}/custom_id`, "is already used by an earlier item");
}

/** Also of an item that is at fault elsewhere, so that its line of results names it. */
export function customIdOf(value: unknown): string | undefined {
  return namedSchema.safeParse(value).data?.custom_id ?? undefined;
}

/** @returns JSON text, defaults filled in; undefined for those of the batch */
function parametersOf(
  given: unknown,
  contract: PipelineContract,
  pointer: string,
): string | undefined {
  if (given === undefined) return undefined;
  const text = JSON.stringify(parseWith(contract.parameters, given, pointer));
  if (Buffer.byteLength(text) <= ITEM_PARAMETERS_BYTES_MAX) return text;
  throw fault("invalid_input", pointer, `is longer than ${ITEM_PARAMETERS_BYTES_MAX} bytes`);
}

function expectedOf(
  given: unknown,
  pointer: string,
  truthFault: ItemReader["truthFault"],
): { readonly expected?: string } {
  if (given === undefined) return {};
  const why = truthFault?.(given);
  if (why !== undefined) throw fault("invalid_input", pointer, why);
  const expected = JSON.stringify(given);
  if (Buffer.byteLength(expected) <= EXPECTED_BYTES_MAX) return { expected };
  throw fault("invalid_input", pointer, `is longer than ${EXPECTED_BYTES_MAX} bytes`);
}

export interface NamedFile {
  readonly name: string | undefined;
  /** @throws {ScoringError} when it cannot be had */
  readonly bytes: () => Buffer;
}

/** A file as an item that is known by the file's name. @throws {ScoringError} naming the file */
export function fileItem({ name, bytes }: NamedFile, reader: ItemReader): BatchItem {
  try {
    const customId = parseWith(itemSchema.shape.custom_id, name, "/custom_id") ?? undefined;
    const row = reader.contract.rowOfBody(bytes());
    claim(customId, reader.customIds, "");
    return { customId, parameters: undefined, row };
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    const named = inFile(error, name);
    if (!reader.isLenient) throw named;
    return badItem(named, customIdOf({ custom_id: name }));
  }
}

/** The same error, and in which file it was found. */
export function inFile(error: ScoringError, name = ""): ScoringError {
  const { code, message, members, cause } = error;
  const file = name.slice(0, 600);
  return new ScoringError(code, `File "${file}": ${message}`, {
    members: { ...members, file },
    cause,
  });
}

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
  const { contract, customIds } = reader;
  const plain = contract.plain && new PlainItems(contract.plain, customIds);
  let left = skip;
  for await (const some of lines) {
    yield* readEach(some.slice(left), (line) => plain?.read(line.bytes) ?? itemOf(line, reader));
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
