import { z } from "zod";
import { CommandError, type Arguments, type Shell } from "../terminal/command.ts";
import { keyFileOf } from "../start/folders.ts";
import { tokenFor } from "./key.ts";
import { gatewayUrl } from "./url.ts";

const ANSWER_MS = 30_000;

/** A request to a gateway. */
export interface Call {
  readonly path: string;
  /** Default: GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is JSON, unless the headers name another type. */
  readonly body?: Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array>;
  /** Longest time from the first byte sent to the last one received, in ms; default: 30 s. */
  readonly answerMs?: number;
}

/** Nobody answered, or not to the end: worth another try where another try does no harm. */
export class UnreachableError extends CommandError {}

/** The gateway asks for another try: it is busy, full, or an earlier try has not ended. */
export class TryAgainError extends CommandError {
  /** As the gateway says, in ms; 0 when it does not. */
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** Whether another try may go better. */
export function isPassing(error: unknown): error is UnreachableError | TryAgainError {
  return error instanceof UnreachableError || error instanceof TryAgainError;
}

/** What was sent is at fault, or does not go with the state of things: no other try helps. */
export class RefusedError extends CommandError {
  /** Of the answer. */
  readonly status: number;
  /** Of what was sent, from 1; undefined when it is not about one line. */
  readonly line: number | undefined;

  constructor(message: string, { status, line }: Pick<RefusedError, "status" | "line">) {
    super(message);
    this.status = status;
    this.line = line;
  }
}

const problemSchema = z.looseObject({
  title: z.string(),
  detail: z.string().optional(),
  status: z.unknown().optional(),
  code: z.string().optional(),
  line: z.number().optional(),
});

/** Problems that pass, although their status says conflict: an upload that broke is still ending. */
const PASSING_CODES = new Set(["items_out_of_place"]);
const PASSING_STATUSES = new Set([408, 429, 502, 503, 504]);

/** A gateway as commands call it: where `--url` says, with the key that is known for there. */
export class Gateway {
  readonly url: string;
  /** Ends every request. */
  readonly signal: AbortSignal;
  readonly #shell: Shell;

  constructor({ flags }: Arguments, shell: Shell, signal?: AbortSignal) {
    this.url = gatewayUrl(flags["url"], shell);
    this.signal = signal ?? new AbortController().signal;
    this.#shell = shell;
  }

  /**
   * @returns an answer that may be a problem
   * @throws {UnreachableError} when nothing answers
   * @throws {CommandError} when the answer is 401, or the signal ends it
   */
  async call({ path, method = "GET", answerMs = ANSWER_MS, ...request }: Call): Promise<Response> {
    const { headers, body } = request;
    const token = tokenFor(this.url, this.#shell);
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          ...(typeof body === "string" ? { "content-type": "application/json" } : {}),
          ...headers,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body, duplex: "half" }),
        signal: AbortSignal.any([AbortSignal.timeout(answerMs), this.signal]),
      });
    } catch (cause) {
      if (this.signal.aborted) throw new CommandError("stopped", { cause });
      const message = `nothing answers at ${this.url}. Start it with: npm start`;
      throw new UnreachableError(message, { cause });
    }
    if (response.status === 401) throw new CommandError(whyNotKnown(token, this.#shell));
    return response;
  }

  /**
   * @returns an answer of the class 2xx
   * @throws {RefusedError} with the gateway's own words
   * @throws {TryAgainError} when it says so, or is not there for a moment
   */
  async send(request: Call): Promise<Response> {
    const response = await this.call(request);
    if (response.ok) return response;
    const body = this.parse(await this.text(response), z.unknown());
    const { code = "", line } = problemSchema.safeParse(body).data ?? {};
    const message = problemText(body) ?? `${this.url} answers ${response.status}`;
    if (PASSING_STATUSES.has(response.status) || PASSING_CODES.has(code)) {
      throw new TryAgainError(message, secondsOf(response.headers.get("retry-after")) * 1000);
    }
    throw new RefusedError(message, { status: response.status, line });
  }

  /** @returns what an answer of the class 2xx holds @throws as `send`, `text` and `parse` do */
  async json<T>(request: Call, schema: z.ZodType<T>): Promise<T> {
    return this.parse(await this.text(await this.send(request)), schema);
  }

  /** @throws {UnreachableError} when the answer breaks off */
  async text(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (cause) {
      throw new UnreachableError(`the answer of ${this.url} broke off`, { cause });
    }
  }

  /** @throws {CommandError} when no gateway of ours answers so */
  parse<T>(text: string, schema: z.ZodType<T>): T {
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new CommandError(`the server at ${this.url} is not Scoreline`, { cause });
    }
  }
}

/** What is wrong, of a problem document; undefined for anything else. */
export function problemText(body: unknown): string | undefined {
  const problem = problemSchema.safeParse(body).data;
  if (problem === undefined) return undefined;
  const { title, detail, status } = problem;
  if (detail === undefined) return title;
  // What is not there, or no more, says so itself.
  const isSaid = status === 404 || status === 410 || detail.startsWith(title);
  return isSaid ? detail : `${title}: ${detail}`;
}

function secondsOf(retryAfter: string | null): number {
  return retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) : 0;
}

function whyNotKnown(token: string | undefined, shell: Shell): string {
  if (token === undefined) return "the gateway wants a key: set SCORELINE_API_KEY to one";
  const isGiven = token === shell.environment["SCORELINE_API_KEY"]?.trim();
  const source = isGiven ? "SCORELINE_API_KEY" : keyFileOf(shell);
  return `the gateway does not take the key of ${source}: set SCORELINE_API_KEY to one that works`;
}
