import assert from "node:assert/strict";
import { z } from "zod";
import { ask } from "./client.ts";

const count = z.number();
const problemSchema = z.looseObject({ code: z.string(), detail: z.string() });

const lineSchema = z.strictObject({
  index: z.number(),
  custom_id: z.string().nullable(),
  status: z.string(),
  attempt: z.number().optional(),
  output: z.unknown().optional(),
  error: problemSchema.optional(),
  expected: z.unknown().optional(),
  metrics: z.unknown().optional(),
});
export type Line = z.infer<typeof lineSchema>;

const batchSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  outcome: z.string().nullable(),
  attempt: z.number(),
  received: z.number(),
  counts: z.strictObject({
    total: count,
    queued: count,
    running: count,
    succeeded: count,
    failed: count,
    canceled: count,
    expired: count,
  }),
  error: problemSchema.nullable(),
  results: z.array(lineSchema).optional(),
});
export type Batch = z.infer<typeof batchSchema>;

const refusalSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  line: z.number().optional(),
  received: z.number().optional(),
  batch_id: z.string().optional(),
  batch: batchSchema.optional(),
  errors: z
    .array(z.looseObject({ pointer: z.string().optional(), column: z.string().optional() }))
    .optional(),
});

const endSchema = z.strictObject({ end: z.literal(true), next: z.string().nullable() });

export interface Results {
  readonly lines: readonly Line[];
  /** Where to go on; null at the end. */
  readonly next: string | null;
}

type Headers = Readonly<Record<string, string>>;

/** Asks a gateway for batches; each batch that it sees is held to have counts that add up. */
export class BatchClient {
  readonly url: string;
  readonly #headers: Headers;

  /** @param headers with each request */
  constructor(gateway: string, headers: Headers = {}) {
    this.url = `${gateway}/v1/batches`;
    this.#headers = headers;
  }

  async send(method: string, path = "", init: RequestInit = {}): Promise<Response> {
    const headers = { ...this.#headers, ...Object.fromEntries(new Headers(init.headers)) };
    return ask(`${this.url}${path}`, { ...init, method, headers });
  }

  /** A create with a JSON body. */
  async json(body: object, headers: Headers = {}): Promise<Response> {
    const type = { "content-type": "application/json" };
    return this.send("POST", "", { body: JSON.stringify(body), headers: { ...type, ...headers } });
  }

  /** A create with lines of JSON; texts are lines as they are. */
  async lines(lines: readonly unknown[], headers: Headers = {}): Promise<Response> {
    return this.send("POST", "", linesOf(lines, headers));
  }

  async append(id: string, from: number, lines: readonly unknown[]): Promise<Response> {
    return this.send("POST", `/${id}/items?from=${from}`, linesOf(lines));
  }

  /** Waits for its end. */
  async ended(id: string): Promise<Batch> {
    let batch = await this.get(id, "?wait=20");
    while (batch.outcome === null) batch = await this.get(id, "?wait=20");
    return batch;
  }

  async get(id: string, query = ""): Promise<Batch> {
    return batchOf(await this.send("GET", `/${id}${query}`));
  }

  async results(id: string, query = ""): Promise<Results> {
    const response = await this.send("GET", `/${id}/results${query}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.ok(text.endsWith("\n"), "the last line is whole");
    const values = text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    const { next } = endSchema.parse(values.pop());
    return { lines: values.map((value) => lineSchema.parse(value)), next };
  }

  /** Page after page, until none is left. @param query without `after` */
  async pages(id: string, query: string): Promise<Line[]> {
    const all: Line[] = [];
    let after = "";
    while (true) {
      const { lines, next } = await this.results(id, `?${query}${after}`);
      all.push(...lines);
      if (next === null) return all;
      after = `&after=${next}`;
    }
  }
}

function linesOf(lines: readonly unknown[], headers: Headers = {}): RequestInit {
  const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  return {
    body: texts.map((text) => `${text}\n`).join(""),
    headers: { "content-type": "application/x-ndjson", ...headers },
  };
}

/** The batch that an answer shows. @param status that it must have */
export async function batchOf(response: Response, status?: number): Promise<Batch> {
  const text = await response.text();
  assert.ok(status === undefined ? response.ok : response.status === status, text);
  const batch = batchSchema.parse(JSON.parse(text));
  const { total, ...parts } = batch.counts;
  const sum = Object.values(parts).reduce((all, one) => all + one, 0);
  assert.equal(sum, total, text);
  assert.ok(
    Object.values(parts).every((one) => one >= 0),
    text,
  );
  assert.equal(batch.received, total);
  return batch;
}

/** The problem that an answer is. @param code that it must have */
export async function refusalOf(
  response: Response,
  code: string,
): Promise<z.infer<typeof refusalSchema>> {
  const text = await response.text();
  const problem = refusalSchema.parse(JSON.parse(text));
  assert.equal(problem.code, code, text);
  return problem;
}
