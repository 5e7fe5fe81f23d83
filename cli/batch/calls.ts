import { z } from "zod";
import { batchCountsSchema, batchStatuses, hasEnded } from "../../shared/batch/record.ts";
import { call, jsonOf, notOurs, problemText, type Call } from "../http/call.ts";
import { gatewayUrl } from "../http/url.ts";
import { CommandError, type Arguments, type Shell } from "../terminal/command.ts";
import { TryAgainError } from "./retrying.ts";

const ANSWER_MS = 30_000;

/** As the gateway shows a batch. */
export const batchSchema = z.looseObject({
  id: z.string(),
  status: z.enum(batchStatuses),
  outcome: z.enum(["all_succeeded", "partial", "none_succeeded"]).nullable(),
  model: z.string(),
  attempt: z.number(),
  received: z.number(),
  counts: batchCountsSchema,
  error: z.unknown(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  expires_at: z.string().nullable(),
});

export type Batch = z.infer<typeof batchSchema>;

export function isOver({ status }: Batch): boolean {
  return hasEnded(status);
}

/** What was sent is at fault, or does not go with the state of things: no other try helps. */
export class RefusedError extends CommandError {
  /** Of what was sent, from 1; undefined when it is not about one line. */
  readonly line: number | undefined;

  constructor(message: string, line: number | undefined) {
    super(message);
    this.line = line;
  }
}

/** A request about batches; `path` follows `/v1/batches`. */
export type BatchCall = Omit<Call, "url" | "path" | "answerMs"> & {
  readonly path: string;
  readonly answerMs?: number;
};

const problemSchema = z.looseObject({ code: z.string().optional(), line: z.number().optional() });

/** Problems that pass, although their status says conflict: an upload that broke is still ending. */
const PASSING_CODES = new Set(["items_out_of_place"]);
const PASSING_STATUSES = new Set([408, 429, 502, 503, 504]);

/** A gateway, where batches are concerned. */
export class BatchCalls {
  readonly url: string;
  readonly #shell: Shell;

  constructor({ flags }: Arguments, shell: Shell) {
    this.url = gatewayUrl(flags["url"], shell);
    this.#shell = shell;
  }

  /**
   * @returns an answer of the class 2xx
   * @throws {RefusedError} with the gateway's own words
   * @throws {TryAgainError} when it says so, or is not there for a moment
   */
  async send({ path, answerMs = ANSWER_MS, ...request }: BatchCall): Promise<Response> {
    const response = await call(
      { ...request, url: this.url, path: `/v1/batches${path}`, answerMs },
      this.#shell,
    );
    if (response.ok) return response;
    const body = await jsonOf(response, this.url);
    const { code = "", line } = problemSchema.safeParse(body).data ?? {};
    const message = problemText(body) ?? `${this.url} answers ${response.status}`;
    if (PASSING_STATUSES.has(response.status) || PASSING_CODES.has(code)) {
      throw new TryAgainError(message, secondsOf(response.headers.get("retry-after")) * 1000);
    }
    throw new RefusedError(message, line);
  }

  /** @returns the batch that the answer shows */
  async batch(request: BatchCall): Promise<Batch> {
    return batchOf(await jsonOf(await this.send(request), this.url), this.url);
  }

  /** @returns the answer as JSON, whatever it is */
  async json(request: BatchCall): Promise<unknown> {
    return jsonOf(await this.send(request), this.url);
  }
}

function secondsOf(retryAfter: string | null): number {
  return retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) : 0;
}

/** @throws {CommandError} when it is none */
function batchOf(answer: unknown, url: string): Batch {
  const parsed = batchSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw notOurs(url, parsed.error);
}
