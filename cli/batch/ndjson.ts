import { z } from "zod";
import { linesOf, type Line } from "../../gateway/batches/upload/lines.ts";
import { CommandError } from "../terminal/command.ts";
import {
  jsonItem,
  type SentItem,
  type Source,
  type SourceFile,
  type SourceOptions,
} from "./sent-item.ts";

/** The gateway says what is too long; this keeps a file without lines out of memory. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

const headSchema = z.strictObject({ batch: z.record(z.string(), z.unknown()) });

/**
 * Items of lines of JSON. Only the first line is looked into, for it may say what the batch is; the
 * others are the gateway's to judge.
 */
export async function lineSource(file: SourceFile, options: SourceOptions): Promise<Source> {
  const lines = linesOf(file.bytes, LINE_BYTES_MAX);
  const [first, ...others] = await firstOf(lines, file.name);
  const head = first === undefined ? undefined : headOf(first);
  const early = first === undefined || head !== undefined ? others : [first, ...others];
  return {
    mediaType: "application/x-ndjson",
    head,
    size: file.size === undefined ? {} : { bytes: file.size },
    items: itemsOf(early, lines, options),
    place: (number) => `line ${number} of ${file.name}`,
  };
}

/** The lines that come first; none of an empty file. */
async function firstOf(
  lines: AsyncGenerator<readonly Line[]>,
  name: string,
): Promise<readonly Line[]> {
  try {
    const first = await lines.next();
    return first.done === true ? [] : first.value;
  } catch (cause) {
    throw new CommandError(`cannot read ${name}: ${String(cause)}`, { cause });
  }
}

function headOf({ bytes }: Line): Record<string, unknown> | undefined {
  if (!bytes.includes('"batch"')) return undefined;
  try {
    return headSchema.safeParse(JSON.parse(bytes.toString())).data?.batch;
  } catch {
    return undefined;
  }
}

async function* itemsOf(
  early: readonly Line[],
  rest: AsyncIterable<readonly Line[]>,
  options: SourceOptions,
): AsyncGenerator<readonly SentItem[]> {
  const itemOf = ({ number, bytes }: Line): SentItem => jsonItem(bytes, number, options);
  yield early.map(itemOf);
  for await (const lines of rest) yield lines.map(itemOf);
}
