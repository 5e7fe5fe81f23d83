import { CommandError } from "../terminal/command.ts";
import { rest } from "../terminal/interrupt.ts";
import { isPassing, RefusedError, type Gateway } from "../http/gateway.ts";
import { batchPath, batchSchema, type Batch } from "./batch.ts";
import { askFor, pauseMs, TRIES_MAX } from "./retrying.ts";
import type { SentItem, Source } from "./sent-item.ts";

/**
 * Bytes of a request. They grow with what was sent, because the gateway looks at the custom ids of
 * earlier items once per request; after a failure they shrink, so that a bad link lets some through.
 * The most stays below what an ingress has to let pass (docs/kubernetes.md).
 */
export const PART_BYTES = { first: 8 * 2 ** 20, least: 2 ** 18, most: 24 * 2 ** 20 } as const;

/** For a request beside what its bytes take, and bytes that a slow link carries in one ms. */
const REQUEST_MS = 60_000;
const BYTES_A_MS = 50;

/** Hears how far an upload is: items and bytes on their way or there, those of earlier runs included. */
type UploadProgress = (items: number, bytes: number) => void;

/** What an upload works with. */
export interface Uploading {
  readonly gateway: Gateway;
  readonly isLenient: boolean;
  readonly onProgress: UploadProgress;
}

/**
 * Sends the items that an open batch does not have yet, in requests of bounded size, going on from
 * what the gateway has when one breaks.
 *
 * @returns how many items the batch has
 * @throws {CommandError} naming the item at fault, or when the gateway stays away
 */
export async function upload(source: Source, batch: Batch, uploading: Uploading): Promise<number> {
  const { gateway, onProgress } = uploading;
  const { id } = batch;
  const queue = new ItemQueue(source.items);
  let received = batch.received;
  let partBytes: number = PART_BYTES.first;
  let bytesDone = await queue.skip(received);
  for (let failures = 0; ;) {
    const part = await queue.peek(partBytes);
    if (part.length === 0) return received;
    try {
      const onItem = (items: number, bytes: number): void =>
        onProgress(received + items, bytesDone + bytes);
      const now = await sendPart(part, received, { ...uploading, source, id, onItem });
      bytesDone += queue.drop(now - received);
      received = now;
      failures = 0;
      partBytes = Math.min(Math.max(partBytes * 2, PART_BYTES.first), PART_BYTES.most);
    } catch (error) {
      if (!isPassing(error) || failures + 1 >= TRIES_MAX) throw error;
      await rest(pauseMs(failures + 1, error), gateway.signal);
      const now = await receivedBy(id, received, part.length, gateway);
      failures = now > received ? 0 : failures + 1;
      bytesDone += queue.drop(now - received);
      received = now;
      partBytes = Math.max(Math.floor(partBytes / 8), PART_BYTES.least);
    }
  }
}

/** @throws {CommandError} when it lost items, or has others than those of this upload */
async function receivedBy(
  id: string,
  before: number,
  sent: number,
  gateway: Gateway,
): Promise<number> {
  const { received } = await askFor(gateway, { path: batchPath(id) });
  if (received >= before && received <= before + sent) return received;
  throw new CommandError(
    `the batch has ${received} items; between ${before} and ${before + sent} were sent`,
  );
}

interface SendingPart extends Uploading {
  readonly source: Source;
  readonly id: string;
  readonly onItem: UploadProgress;
}

/** @returns how many items the batch has then @throws {CommandError} naming the item at fault */
async function sendPart(
  part: readonly SentItem[],
  from: number,
  { source, id, gateway, isLenient, onItem }: SendingPart,
): Promise<number> {
  const bytes = part.reduce((sum, item) => sum + item.bytes.length, 0);
  try {
    const request = {
      path: batchPath(id, `/items?from=${from}`),
      method: "POST",
      headers: {
        "content-type": source.mediaType,
        ...(isLenient ? { prefer: "handling=lenient" } : {}),
      },
      body: ReadableStream.from(bodyOf(source, part, onItem)),
      answerMs: REQUEST_MS + Math.ceil(bytes / BYTES_A_MS),
    };
    return (await gateway.json(request, batchSchema)).received;
  } catch (error) {
    if (!(error instanceof RefusedError) || error.line === undefined) throw error;
    throw atItem(error, error.line, part, source);
  }
}

const PIECE_BYTES = 65_536;

/** The request's body, in pieces, counted as they leave. */
function* bodyOf(
  { preamble = new Uint8Array() }: Source,
  part: readonly SentItem[],
  onItem: UploadProgress,
): Generator<Uint8Array> {
  let pieces = [preamble];
  let [sent, waiting] = [0, preamble.length];
  for (const [i, { bytes }] of part.entries()) {
    pieces.push(bytes);
    waiting += bytes.length;
    if (waiting < PIECE_BYTES && i < part.length - 1) continue;
    yield Buffer.concat(pieces);
    sent += waiting;
    [pieces, waiting] = [[], 0];
    onItem(i + 1, sent);
  }
}

/** The gateway knows the line of the request; the person has a file. */
function atItem(
  { message }: RefusedError,
  line: number,
  part: readonly SentItem[],
  source: Source,
): CommandError {
  let first = Buffer.from(source.preamble ?? "")
    .toString()
    .split("\n").length;
  for (const { number, lines } of part) {
    if (line < first + lines) {
      const said = message.replace(/(^|: )Line \d+: /, "$1");
      return new CommandError(`${source.place(number + line - first)}: ${said}`);
    }
    first += lines;
  }
  return new CommandError(message);
}

/** Items that were read and are not known to be received. */
class ItemQueue {
  readonly #items: AsyncIterator<readonly SentItem[]>;
  #waiting: SentItem[] = [];

  constructor(items: AsyncIterable<readonly SentItem[]>) {
    this.#items = items[Symbol.asyncIterator]();
  }

  /** @returns the bytes of what was skipped @throws {CommandError} when there are fewer */
  async skip(count: number): Promise<number> {
    let [skipped, bytes] = [0, 0];
    while (skipped < count) {
      if (this.#waiting.length === 0 && !(await this.#read())) {
        throw new CommandError(`the batch has ${count} items already; only ${skipped} are here`);
      }
      const some = Math.min(count - skipped, this.#waiting.length);
      bytes += this.drop(some);
      skipped += some;
    }
    return bytes;
  }

  /** The first ones, of about that many bytes, at least one; none at the end. */
  async peek(bytesMax: number): Promise<readonly SentItem[]> {
    let bytes = 0;
    for (let i = 0; ; i += 1) {
      while (i >= this.#waiting.length) if (!(await this.#read())) return this.#waiting.slice();
      bytes += this.#waiting[i]?.bytes.length ?? 0;
      if (bytes > bytesMax && i > 0) return this.#waiting.slice(0, i);
    }
  }

  /** @returns the bytes of what was dropped */
  drop(count: number): number {
    const dropped = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return dropped.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** @returns false at the end */
  async #read(): Promise<boolean> {
    const next = await this.#items.next();
    if (next.done === true) return false;
    for (const item of next.value) this.#waiting.push(item);
    return true;
  }
}
