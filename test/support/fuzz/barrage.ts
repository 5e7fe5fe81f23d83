import assert from "node:assert/strict";
import { z } from "zod";
import type { ApiDescription } from "../api-description.ts";
import {
  KEPT_BATCH,
  SOME_BATCH,
  SOME_CODE,
  SOME_DELIVERY,
  SOME_ENDPOINT,
  SOME_JOB,
  SOME_KEY,
  SOME_REPLAY,
} from "./stand-ins.ts";
import { send, type RawReply, type RawRequest } from "./raw-request.ts";

/** Most ids that are kept to ask for. */
const IDS_KEPT = 200;
/** Requests that are sent at once. */
export const VOLLEY = 16;
/** Operations that make something new, and what stands for its id; it may have a name instead. */
export const CREATES: Readonly<Record<string, string>> = {
  putEndpoint: "",
  putRole: "",
  createJob: SOME_JOB,
  createBatch: SOME_BATCH,
  createKey: SOME_KEY,
  createWebhookEndpoint: SOME_ENDPOINT,
  pingWebhookEndpoint: SOME_DELIVERY,
  createReplay: SOME_REPLAY,
  createSignInCode: SOME_CODE,
};
/** Ids of what some operations succeed with whenever they are asked, by operation. */
export type Prepared = Readonly<Record<string, string>>;

/** A longer body may still be on its way when its request is refused: then the server hangs up. */
const UNREAD_BYTES = 65_536;
/** Statuses of 500 and more that a client may be answered: the model's, or a lack of room. */
const FAILURES = new Set([502, 503, 504]);

/** What stands for one of those that were made. */
const ANY = new RegExp([SOME_JOB, SOME_BATCH].join("|"));
/** What stands for the last one that was made. */
const LAST = new RegExp([SOME_KEY, SOME_ENDPOINT, SOME_DELIVERY, SOME_REPLAY].join("|"));

const createdSchema = z.union([
  z.looseObject({ id: z.string() }).transform(({ id }) => id),
  z.looseObject({ code: z.string() }).transform(({ code }) => code),
]);
/** Of a problem of ours, or of a dialect. */
const problemSchema = z.union([
  z.looseObject({ code: z.string() }),
  z.looseObject({ error: z.looseObject({ code: z.string() }) }).transform(({ error }) => error),
]);
export interface Gateway {
  readonly port: number;
  /** Of a key that may do everything. */
  readonly token: string;
}

/** Sends requests and holds every answer against the document. */
export class Barrage {
  readonly #api: ApiDescription;
  readonly #gateway: Gateway;
  readonly #prepared: Prepared;
  /** By what stands for them in a target. */
  readonly #ids = new Map<string, string[]>();
  readonly #statuses = new Map<number, number>();
  readonly #succeeded = new Set<string>();
  #silent = 0;
  #next = 0;

  constructor(api: ApiDescription, gateway: Gateway, prepared: Prepared) {
    this.#api = api;
    this.#prepared = prepared;
    this.#gateway = gateway;
  }

  get sent(): number {
    return [...this.#statuses.values()].reduce((sum, count) => sum + count, this.#silent);
  }

  /** Of all requests, those that were answered with 2xx. */
  get successShare(): number {
    const successes = [...this.#statuses].filter(([status]) => status >= 200 && status < 300);
    return successes.reduce((sum, [, count]) => sum + count, 0) / this.sent;
  }

  neverSucceeded(): string[] {
    return this.#api.operations.map(({ id }) => id).filter((id) => !this.#succeeded.has(id));
  }

  report(): string {
    const counts = [...this.#statuses].toSorted(([a], [b]) => a - b);
    const statuses = counts.map(([status, count]) => `${status}: ${count}`).join(", ");
    const share = (this.successShare * 100).toFixed(1);
    return `${this.sent} requests, ${share} % 2xx; ${statuses}; unanswered ${this.#silent}`;
  }

  /** All at once. */
  async fire(volley: readonly RawRequest[]): Promise<void> {
    await Promise.all(volley.map(async (request) => this.#ask(request)));
  }

  async #ask(request: RawRequest): Promise<void> {
    const target = request.target
      .replace(ANY, (word) => this.#oneFor(request.operation, word))
      .replace(LAST, (word) => this.#ids.get(word)?.at(-1) ?? "none");
    const { port, token } = this.#gateway;
    const headers = [["Authorization", `Bearer ${token}`] as const, ...request.headers];
    const body = this.#bodyOf(request);
    const reply = await send(port, { ...request, target, headers, body });
    const what = describe({ ...request, target }, reply);
    if (reply === undefined) {
      const mayBeUnread = request.isBroken || request.body.length > UNREAD_BYTES;
      assert.ok(mayBeUnread, `no answer: ${what}`);
      this.#silent += 1;
      return;
    }
    this.#statuses.set(reply.status, (this.#statuses.get(reply.status) ?? 0) + 1);
    assert.ok(reply.status < 500 || FAILURES.has(reply.status), what);
    try {
      this.#remember(request, reply);
      if (this.#isDescribed(request, reply)) this.#api.check(request.operation, reply);
      else this.#checkOther(request, reply);
    } catch (cause) {
      throw new Error(`${cause instanceof Error ? cause.message : ""}\n${what}`, { cause });
    }
  }

  /** With the batch or code that is prepared, where it is to have one: its length stays. */
  #bodyOf({ operation, body }: RawRequest): Buffer {
    const prepared = (operation === "signIn" && this.#someCode()) || this.#prepared[operation];
    const at = Math.max(body.indexOf(KEPT_BATCH), body.indexOf(SOME_CODE));
    if (prepared === undefined || at === -1) return body;
    const filled = Buffer.from(body);
    filled.write(prepared, at);
    return filled;
  }

  /**
   * A code is good once, and until the next of its key: of a volley of them, the one that was made last, which
   * need not be the one that was answered last. So each of a volley takes another.
   */
  #someCode(): string | undefined {
    this.#next += 1;
    return this.#ids.get(SOME_CODE)?.at(-1 - (this.#next % VOLLEY));
  }

  /** What is spoilt may have become another operation's, or none's. */
  #isDescribed({ operation, method, spoilt }: RawRequest, { status }: RawReply): boolean {
    const { responses, method: own } = this.#api.operation(operation);
    if (spoilt.length === 0) return true;
    const isMoved = spoilt.includes("path") || method !== own;
    return !isMoved && responses[status] !== undefined && status !== 400 && status !== 404;
  }

  #checkOther({ method }: RawRequest, { status, headers, text }: RawReply): void {
    if (status < 400 || method === "HEAD") return;
    const body: unknown = JSON.parse(text);
    const isProblem = this.#api.validator(["components", "schemas", schemaOf(headers, body)]);
    assert.ok(isProblem(body), JSON.stringify(isProblem.errors));
    assert.notEqual(problemSchema.parse(body).code, "internal");
  }

  #remember({ operation, spoilt }: RawRequest, { status, text, headers }: RawReply): void {
    if (status >= 200 && status < 300 && spoilt.length === 0) this.#succeeded.add(operation);
    if (status >= 300 || !isJson(headers)) return;
    const kind = CREATES[operation];
    const created = createdSchema.safeParse(JSON.parse(text || "{}"));
    if (kind === undefined || !created.success) return;
    this.#ids.set(kind, [...(this.#ids.get(kind) ?? []), created.data].slice(-IDS_KEPT));
  }

  /**
   * One of the last that were made, all of them in turn; half of the time what is prepared. The
   * events of an open batch would not end.
   */
  #oneFor(operation: string, kind: string): string {
    const made = this.#ids.get(kind) ?? [];
    this.#next += 1;
    const prepared = this.#prepared[operation];
    const isDue = operation === "batchEvents" || this.#next % 2 === 0;
    if (prepared !== undefined && isDue) return prepared;
    return made[this.#next % Math.max(1, made.length)] ?? "job_none";
  }
}

function isJson(headers: Headers): boolean {
  return headers.get("content-type") === "application/json";
}

function describe(request: RawRequest, reply: RawReply | undefined): string {
  const { operation, method, target, headers, body, spoilt } = request;
  const head = headers.map(([name, value]) => `${name}: ${value.slice(0, 80)}`).join("; ");
  const start = JSON.stringify(body.subarray(0, 300).toString("latin1"));
  const answer = reply === undefined ? "" : ` -> ${reply.status} ${reply.text.slice(0, 300)}`;
  const wrong = spoilt.length === 0 ? "" : ` (spoilt: ${spoilt.join(", ")})`;
  return `${operation}${wrong}: ${method} ${target.slice(0, 200)} [${head}] ${start}${answer}`;
}

/** Of an error: ours has a media type of its own, and dialects tell of theirs in shapes of their own. */
function schemaOf(headers: Headers, body: unknown): string {
  const type = headers.get("content-type");
  if (type === "application/problem+json") return "Problem";
  assert.equal(type, "application/json");
  return z.object({ error: z.unknown() }).safeParse(body).success ? "OpenAIError" : "ServiceError";
}
