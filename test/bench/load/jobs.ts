import { randomBytes } from "node:crypto";
import type { Case, Workload } from "../workloads/workload.ts";
import { workloadOf } from "../workloads/workloads.ts";
import type { Answer } from "./connection.ts";
import { dialects, type Dialect } from "./dialects.ts";
import type { Load, Submitted } from "./load.ts";

/** Of the jobs that are only submitted, one in so many is looked at later. */
const LOOKED_AT = 97;
const SUBMITTED_MAX = 500;
const WAIT = "prefer: wait=30";

/** Requests of a load, made before it begins where they repeat, and what their answers must be. */
export class Jobs {
  readonly #load: Load;
  readonly #dialect: Dialect;
  readonly #workload: Workload;
  readonly #made = new Map<string, Buffer>();
  /** Keys of two loads must differ, or the second would be answered from the first. */
  readonly #run = randomBytes(6).toString("hex");
  readonly #submitted: Submitted[] = [];
  #count = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#dialect = dialects[load.dialect];
    this.#workload = workloadOf(load.workload);
  }

  get cases(): number {
    return this.#workload.cases.length;
  }

  /** The request that begins a job. */
  first(client: number, index: number): Buffer {
    if (this.#load.manner === "varied") return this.#varied(client, this.#case(index));
    const { tokens } = this.#load;
    const key = `${tokens.length === 0 ? 0 : client % tokens.length} ${index % this.cases}`;
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const { manner } = this.#load;
    const prefer = manner === "async" || manner === "submit" ? "prefer: respond-async" : WAIT;
    const request = this.#post(client, [prefer], this.#dialect.body(this.#case(index)));
    this.#made.set(key, request);
    return request;
  }

  /** The request that reads what an answer does not hold yet; undefined: it holds the result. */
  next(client: number, answer: Answer): Buffer | undefined {
    if (this.#load.manner !== "async" || answer.status !== 202) return undefined;
    const head = [`GET /v1/jobs/${idOf(answer)} HTTP/1.1`, ...this.#common(client), WAIT];
    return Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
  }

  isRight(index: number, answer: Answer): boolean {
    if (this.#load.manner === "submit") return this.#isSubmitted(index, answer);
    return this.#dialect.isRight(this.#case(index), answer);
  }

  /** Some of those that were only submitted. */
  get submitted(): readonly Submitted[] {
    return this.#submitted;
  }

  #isSubmitted(index: number, answer: Answer): boolean {
    if (answer.status !== 202) return false;
    this.#count += 1;
    if (this.#count % LOOKED_AT === 1 && this.#submitted.length < SUBMITTED_MAX) {
      this.#submitted.push({ id: idOf(answer), index });
    }
    return true;
  }

  #case(index: number): Case {
    const one = this.#workload.cases[index % this.cases];
    if (one === undefined) throw new Error("there are no cases");
    return one;
  }

  /** A job that shares nothing with its neighbours but the model. */
  #varied(client: number, one: Case): Buffer {
    const number = (this.#count += 1);
    const parameters = this.#load.workload === "faq" ? { top_k: 1 + (number % 5) } : {};
    const metadata = { order: `order-${number}`, client: String(client) };
    const trace = `00-${number.toString(16).padStart(32, "0")}-${"1".padStart(16, "0")}-01`;
    const key = `idempotency-key: ${this.#run}-${number}`;
    const body = this.#dialect.body(one, { parameters, metadata });
    return this.#post(client, [WAIT, `traceparent: ${trace}`, key], body);
  }

  #post(client: number, headers: readonly string[], body: string | Buffer): Buffer {
    const type = Buffer.isBuffer(body) ? "image/jpeg" : "application/json";
    const head = [
      `POST ${this.#dialect.path(this.#workload)} HTTP/1.1`,
      ...this.#common(client),
      `content-type: ${type}`,
      ...headers,
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);
  }

  #common(client: number): readonly string[] {
    const { tokens } = this.#load;
    const token = tokens[client % tokens.length];
    const key = token === undefined ? [] : [`authorization: Bearer ${token}`];
    return ["host: 127.0.0.1", ...key];
  }
}

function idOf({ body }: Answer): string {
  return /"id":"([^"]+)"/.exec(body)?.[1] ?? "";
}
