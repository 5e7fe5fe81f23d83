import { OUTPUT_HOLE } from "../../shared/job/job-text.ts";
import type { JobView } from "../../shared/job/view.ts";
import type { JobReader } from "../../shared/pack/read.ts";
import type { Headers } from "../http/answers.ts";

export type ReadsPieces = Pick<JobReader, "pieces">;

/** A body, and the headers that say how it is sent. */
export interface OutputBody {
  readonly body: string | ReadableStream<Uint8Array>;
  readonly headers: Headers;
}

/**
 * A text with the job's output in its hole. A large output is read while it is sent, so that an answer takes
 * no more memory than a piece of it.
 */
export function withOutput(
  text: string,
  { largeOutput }: JobView,
  reader: ReadsPieces,
): OutputBody {
  if (largeOutput === undefined) return { body: text, headers: {} };
  const [before = "", after] = text.split(OUTPUT_HOLE);
  if (after === undefined) return { body: text, headers: {} };
  const bytes = Buffer.byteLength(before) + largeOutput.bytes + Buffer.byteLength(after);
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    if (before !== "") yield Buffer.from(before);
    yield* reader.pieces(largeOutput);
    if (after !== "") yield Buffer.from(after);
  };
  return { body: ReadableStream.from(pieces()), headers: { "content-length": String(bytes) } };
}

/**
 * The output of a job that succeeded, and nothing else.
 *
 * @param frame what stands before and behind it
 */
export function outputBody(
  job: JobView,
  reader: ReadsPieces,
  [before, behind]: readonly [before: string, behind: string] = ["", ""],
): OutputBody {
  const output = job.largeOutput === undefined ? (job.output ?? "null") : OUTPUT_HOLE;
  return withOutput(`${before}${output}${behind}`, job, reader);
}

export async function wholeText({ body }: OutputBody): Promise<string> {
  return typeof body === "string" ? body : new Response(body).text();
}
