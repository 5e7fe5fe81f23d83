import { z } from "zod";
import { CommandError, UsageError, type Shell } from "../commands/command.ts";
import { keyFileOf, tokenFor } from "./key.ts";

export const DEFAULT_URL = "http://127.0.0.1:8080";

/** What every command that calls a gateway says of it in its help. */
export const GATEWAY_HELP = `  --url        where the gateway is; ${DEFAULT_URL} if not said
  SCORELINE_API_KEY   environment variable: the key to call with; if not set,
               the one that npm start keeps in .scoreline/api-key, which is
               sent to this machine only`;

const problemSchema = z.looseObject({ title: z.string(), detail: z.string().optional() });

/** A request to a gateway. */
export interface Call {
  /** As `baseUrl` gives it. */
  readonly url: string;
  readonly path: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  /** Longest wait for the answer, in ms. */
  readonly answerMs: number;
}

/** @throws {UsageError} when it is not an http URL */
export function baseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new UsageError(`--url ${text} is not an http URL`);
  }
  return text.replace(/\/+$/, "");
}

/** @throws {CommandError} when nothing answers, or the answer is 401 */
export async function call(request: Call, shell: Shell): Promise<Response> {
  const { url, path, method, headers = {}, body, answerMs } = request;
  const token = tokenFor(url, shell);
  const key = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...key },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(answerMs),
    });
  } catch (error) {
    throw new CommandError(`nothing answers at ${url}. Start it with: npm start`, { cause: error });
  }
  if (response.status === 401) throw new CommandError(whyNotKnown(token, shell));
  return response;
}

/** What is wrong, of a problem document. */
export function problemText(body: unknown): string | undefined {
  const problem = problemSchema.safeParse(body).data;
  if (problem === undefined) return undefined;
  const { title, detail } = problem;
  return `${title}${detail === undefined ? "" : `: ${detail}`}`;
}

function whyNotKnown(token: string | undefined, shell: Shell): string {
  if (token === undefined) return "the gateway wants a key: set SCORELINE_API_KEY to one";
  const isGiven = token === shell.environment["SCORELINE_API_KEY"]?.trim();
  const source = isGiven ? "SCORELINE_API_KEY" : keyFileOf(shell);
  return `the gateway does not take the key of ${source}: set SCORELINE_API_KEY to one that works`;
}
