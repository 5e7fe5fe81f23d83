import type { Context } from "hono";

/** How long a browser may remember what a preflight was told, in seconds: what most take at most. */
const REMEMBERED_SECONDS = 7200;
/** Headers that a preflight may ask for, in characters. */
const ASKED_MAX = 1000;

export interface CorsOptions {
  /** Whose pages may read every answer; `*` for all pages. */
  readonly origins: readonly string[];
  /** Whose pages may read answers about an endpoint, and about jobs. */
  readonly ofEndpoints: { readonly mayRead: (origin: string, name: string | undefined) => boolean };
  readonly methods: ReadonlySet<string>;
  /** Paths whose next segment names what scores. */
  readonly namedBelow: readonly string[];
}

/**
 * Which pages of other origins may read our answers in a browser. It keeps nobody out: callers are known by
 * their keys, and cookies play no part. Not Hono's middleware: that is one more function around each
 * request, and a report of growing memory with it on Node is open (honojs/node-server#269).
 *
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export class Cors {
  readonly #options: CorsOptions;

  constructor(options: CorsOptions) {
    this.#options = options;
  }

  /** Adds to an answer what lets the page read it. @param origin of the page */
  allow(response: Response, origin: string, path: string): Response {
    response.headers.append("vary", "Origin");
    if (!this.#mayRead(origin, path)) return response;
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", "*");
    return response;
  }

  /** The answer to a browser that asks before it sends; undefined for what is no such question. */
  preflight(c: Context): Response | undefined {
    const { methods } = this.#options;
    const origin = c.req.header("origin");
    const method = c.req.header("access-control-request-method");
    if (c.req.method !== "OPTIONS" || origin === undefined || method === undefined)
      return undefined;
    const asked = c.req.header("access-control-request-headers") ?? "";
    if (!this.#mayRead(origin, c.req.path) || asked.length > ASKED_MAX) return undefined;
    return new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": [...methods].join(", "),
        // Who asks for none needs none: an empty list is not one to every parser.
        ...(asked.trim() === "" ? {} : { "access-control-allow-headers": asked }),
        "access-control-max-age": String(REMEMBERED_SECONDS),
        vary: "Access-Control-Request-Method, Access-Control-Request-Headers",
      },
    });
  }

  #mayRead(origin: string, path: string): boolean {
    const { origins, ofEndpoints, namedBelow } = this.#options;
    if (origins.includes("*") || origins.includes(origin)) return true;
    const base = namedBelow.find((one) => path.startsWith(one)) ?? path;
    const [name = ""] = path.slice(base.length).split("/");
    if (name !== "") return ofEndpoints.mayRead(origin, name);
    // Who may create a job may ask how it does.
    return path.startsWith("/v1/jobs/") && ofEndpoints.mayRead(origin, undefined);
  }
}
