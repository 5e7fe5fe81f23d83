import assert from "node:assert/strict";
import { z } from "zod";
import type { ErrorCode } from "../../shared/error.ts";
import { ApiDescription } from "./api-description.ts";
import { ask as send } from "./client.ts";
import { beginningOf, ENDLESS } from "./endless.ts";

export interface Ask {
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface Answered {
  readonly text: string;
  readonly headers: Headers;
}

/** A gateway, every answer of which is held against its own description. */
export class DescribedGateway {
  readonly api: ApiDescription;
  /** Operations that were answered with 2xx. */
  readonly succeeded = new Set<string>();
  readonly #url: string;

  private constructor(url: string, document: unknown) {
    this.#url = url;
    this.api = new ApiDescription(document);
  }

  static async at(url: string): Promise<DescribedGateway> {
    return new DescribedGateway(url, await (await fetch(`${url}/openapi.json`)).json());
  }

  /**
   * Asks an operation.
   *
   * @param expected a status, or the code of a problem
   * @param parts what stands in its path
   */
  async ask(
    id: string,
    expected: number | ErrorCode,
    parts: string[] = [],
    given: Ask = {},
  ): Promise<Answered> {
    const { method, path } = this.api.operation(id);
    const values = [...parts];
    const place = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(values.shift() ?? ""));
    const { query = "", headers = {}, body } = given;
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const response = await send(`${this.#url}${place}${query}`, init);
    const text = ENDLESS.has(path) ? await beginningOf(response) : await response.text();
    this.api.check(id, { status: response.status, headers: response.headers, text });
    const code = typeof expected === "number" ? undefined : codeOf(JSON.parse(text));
    assert.equal(code ?? response.status, expected, `${id}: ${text}`);
    if (response.ok) this.succeeded.add(id);
    return { text, headers: response.headers };
  }
}

const codeSchema = z.looseObject({ code: z.string() });

/** Of a problem, in whatever shape a dialect tells of it. */
function codeOf(problem: unknown): string {
  const parsed = z.union([codeSchema, z.looseObject({ error: codeSchema })]).parse(problem);
  return "error" in parsed && !("code" in parsed)
    ? codeSchema.parse(parsed.error).code
    : codeSchema.parse(parsed).code;
}
