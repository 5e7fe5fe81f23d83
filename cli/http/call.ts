import { z } from "zod";
import { CommandError, type Shell } from "../terminal/command.ts";
import { keyFileOf, tokenFor } from "./key.ts";

const problemSchema = z.looseObject({
  title: z.string(),
  detail: z.string().optional(),
  status: z.unknown().optional(),
});

/** A request to a gateway. */
export interface Call {
  /** As `gatewayUrl` gives it. */
  readonly url: string;
  readonly path: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array>;
  /** Longest time from the first byte sent to the last one received, in ms. */
  readonly answerMs: number;
  /** Ends it earlier. */
  readonly signal?: AbortSignal;
}

/** Nobody answered, or not to the end: worth another try where another try does no harm. */
export class UnreachableError extends CommandError {}

/**
 * @throws {UnreachableError} when nothing answers
 * @throws {CommandError} when the answer is 401, or the signal ends it
 */
export async function call(request: Call, shell: Shell): Promise<Response> {
  const { url, path, method, headers = {}, body, answerMs, signal } = request;
  const limit = AbortSignal.timeout(answerMs);
  const token = tokenFor(url, shell);
  const key = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...key },
      ...(body === undefined ? {} : { body, duplex: "half" }),
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw new CommandError("stopped", { cause });
    throw new UnreachableError(`nothing answers at ${url}. Start it with: npm start`, { cause });
  }
  if (response.status === 401) throw new CommandError(whyNotKnown(token, shell));
  return response;
}

/** @throws {UnreachableError} when the answer breaks off @throws {CommandError} when it is no JSON */
export async function jsonOf(response: Response, url: string): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (cause) {
    throw new UnreachableError(`the answer of ${url} broke off`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notOurs(url, cause);
  }
}

/** Of an answer that is not as our gateways give it. */
export function notOurs(url: string, cause: unknown): CommandError {
  return new CommandError(`the server at ${url} is not Scoreline`, { cause });
}

/** What is wrong, of a problem document. */
export function problemText(body: unknown): string | undefined {
  const problem = problemSchema.safeParse(body).data;
  if (problem === undefined) return undefined;
  const { title, detail, status } = problem;
  if (detail === undefined) return title;
  // What is not there, or no more, says so itself.
  const isSaid = status === 404 || status === 410 || detail.startsWith(title);
  return isSaid ? detail : `${title}: ${detail}`;
}

function whyNotKnown(token: string | undefined, shell: Shell): string {
  if (token === undefined) return "the gateway wants a key: set SCORELINE_API_KEY to one";
  const isGiven = token === shell.environment["SCORELINE_API_KEY"]?.trim();
  const source = isGiven ? "SCORELINE_API_KEY" : keyFileOf(shell);
  return `the gateway does not take the key of ${source}: set SCORELINE_API_KEY to one that works`;
}
