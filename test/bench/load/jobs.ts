import { randomBytes } from "node:crypto";
import type { Case, Workload } from "../workloads/workload.ts";
import { workloadOf } from "../workloads/workloads.ts";
import type { Answer } from "./connection.ts";
import { dialects, type Dialect } from "./dialects.ts";
import type { Load } from "./load.ts";

const WAIT = "prefer: wait=30";

/** Requests of a load, made before it begins where they repeat, and what their answers must be. */
export class Jobs {
  readonly #load: Load;
  readonly #dialect: Dialect;
  readonly #workload: Workload;
  readonly #made = new Map<string, Buffer>();
  /** Keys of two loads must differ, or the second would be answered from the first. */
  readonly #run = randomBytes(6).toString("hex");
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
    const prefer = this.#load.manner === "async" ? "prefer: respond-async" : WAIT;
    const request = this.#post(client, [prefer], this.#dialect.body(this.#case(index)));
    this.#made.set(key, request);
    return request;
  }

  /** The request that reads what an answer does not hold yet; undefined: it holds the result. */
  next(client: number, answer: Answer): Buffer | undefined {
    if (this.#load.manner !== "async" || answer.status !== 202) return undefined;
    const id = /"id":"([^"]+)"/.exec(answer.body)?.[1];
    const head = [`GET /v1/jobs/${id} HTTP/1.1`, ...this.#common(client), WAIT];
    return Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
  }

  isRight(index: number, answer: Answer): boolean {
    return this.#dialect.isRight(this.#case(index), answer);
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

  #post(client: number, headers: readonly string[], body: string): Buffer {
    const head = [
      `POST ${this.#dialect.path(this.#workload)} HTTP/1.1`,
      ...this.#common(client),
      "content-type: application/json",
      ...headers,
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  }

  #common(client: number): readonly string[] {
    const { tokens } = this.#load;
    const token = tokens[client % tokens.length];
    const key = token === undefined ? [] : [`authorization: Bearer ${token}`];
    return ["host: 127.0.0.1", ...key];
  }
}
