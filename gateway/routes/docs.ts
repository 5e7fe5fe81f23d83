import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";

/** What the page is made of, by name: its type, and the file. All of it is on this machine. */
const ASSETS = {
  "favicon.png": ["image/png", "swagger-ui-dist/favicon-32x32.png"],
  "page.css": ["text/css; charset=utf-8", "../docs/page.css"],
  "page.js": ["text/javascript; charset=utf-8", "../docs/page.js"],
  "swagger-ui.css": ["text/css; charset=utf-8", "swagger-ui-dist/swagger-ui.css"],
  "swagger-ui-bundle.js": [
    "text/javascript; charset=utf-8",
    "swagger-ui-dist/swagger-ui-bundle.js",
  ],
} as const satisfies Record<string, readonly [type: string, file: string]>;

export const docsAssets: readonly string[] = Object.keys(ASSETS);

/** The page may ask this gateway alone, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface Asset {
  readonly body: Buffer<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

const read = new Map<string, Asset>();

/** `GET /docs`: the reference of the API, for people, from `/openapi.json`. */
export function docsPage(c: Context): Response {
  return answer(c, assetOf("page.html", "text/html; charset=utf-8", "../docs/page.html"));
}

/** `GET /docs/assets/{name}` */
export function docsAsset(c: Context): Response {
  const name = c.req.param("name") ?? "";
  if (!isAsset(name)) throw new ScoringError("not_found", "There is no such part of /docs.");
  const [type, file] = ASSETS[name];
  return answer(c, assetOf(name, type, file));
}

function isAsset(name: string): name is keyof typeof ASSETS {
  return Object.hasOwn(ASSETS, name);
}

/** Read at its first use, and then kept: 2 MB in all. */
function assetOf(name: string, type: string, file: string): Asset {
  const known = read.get(name);
  if (known !== undefined) return known;
  const body = readFileSync(new URL(import.meta.resolve(file)));
  const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
  const asset = { body, type, etag };
  read.set(name, asset);
  return asset;
}

function answer(c: Context, { body, type, etag }: Asset): Response {
  const headers = {
    etag,
    "cache-control": "no-cache",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
  if (c.req.header("if-none-match") === etag) return new Response(null, { status: 304, headers });
  return new Response(body, { headers: { ...headers, "content-type": type } });
}
