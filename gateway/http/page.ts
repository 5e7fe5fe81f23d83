import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "hono";

const pack = promisify(gzip);

export interface PageOptions {
  readonly body: Buffer<ArrayBuffer>;
  readonly type: string;
  /** Sent along, also with 304. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Another header of requests by which something else may be answered at its place. */
  readonly vary?: string;
}

/** One of the forms that a page is sent in. */
interface Form {
  readonly body: Buffer<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes that are the same for all who ask, with a tag by which they need not be sent twice. */
export class Page {
  readonly #options: PageOptions;
  readonly #hash: string;
  readonly #plain: Form;
  /** Made for the first who takes it, off the event loop. */
  #packed: Promise<Form> | undefined;

  constructor(options: PageOptions) {
    this.#options = options;
    this.#hash = createHash("sha256").update(options.body).digest("base64url");
    this.#plain = this.#formOf(options.body, this.#hash);
  }

  async answer(c: Context): Promise<Response> {
    const isPacked = this.#isText && takesGzip(c.req.header("accept-encoding"));
    const { body, headers } = isPacked ? await (this.#packed ??= this.#pack()) : this.#plain;
    const { etag = "" } = headers;
    if (isKnown(c.req.header("if-none-match"), etag)) {
      return new Response(null, { status: 304, headers });
    }
    const { type } = this.#options;
    const sent = { "content-type": type, "content-length": String(body.length) };
    return new Response(body, { headers: { ...headers, ...sent } });
  }

  /** Pictures are packed already. */
  get #isText(): boolean {
    return !this.#options.type.startsWith("image/");
  }

  async #pack(): Promise<Form> {
    // Of its own memory, not of a pool's.
    const body = Buffer.from(new Uint8Array(await pack(this.#options.body)));
    const { headers, ...form } = this.#formOf(body, `${this.#hash}.gz`);
    return { ...form, headers: { ...headers, "content-encoding": "gzip" } };
  }

  #formOf(body: Buffer<ArrayBuffer>, tag: string): Form {
    const { vary } = this.#options;
    const varies = vary === undefined ? "accept-encoding" : `${vary}, accept-encoding`;
    const cached = { etag: `"${tag}"`, "cache-control": "no-cache", vary: varies };
    return { body, headers: { ...this.#options.headers, ...cached } };
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding */
function takesGzip(accepted = ""): boolean {
  const words = accepted.toLowerCase().split(",");
  const [, weight] = words.map((word) => word.trim().split(/(?<! ) *; *q=/)).find(isGzip) ?? [
    "",
    "0",
  ];
  return weight === undefined || Number(weight) > 0;
}

function isGzip([coding]: readonly string[]): boolean {
  return coding === "gzip";
}

/** By what `If-None-Match` lists; proxies that pack mark tags as weak. */
function isKnown(known: string | undefined, etag: string): boolean {
  const tags = known?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(etag) || tags.includes("*");
}
