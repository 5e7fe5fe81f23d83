import { readFileSync } from "node:fs";
import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { Page } from "../http/page.ts";
import { guarded } from "../http/problem-page.ts";

/** What the page is made of, by name: its type, and the file. All of it is on this machine. */
const ASSETS = {
  "page.css": ["text/css; charset=utf-8", "../docs/page.css"],
  "page.js": ["text/javascript; charset=utf-8", "../docs/page.js"],
  "swagger-ui.css": ["text/css; charset=utf-8", "swagger-ui-dist/swagger-ui.css"],
  "swagger-ui-bundle.js": [
    "text/javascript; charset=utf-8",
    "swagger-ui-dist/swagger-ui-bundle.js",
  ],
} as const satisfies Record<string, readonly [type: string, file: string]>;

export const docsAssets: readonly string[] = Object.keys(ASSETS);

/** The page may ask this gateway alone. */
const HEADERS = guarded([
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
]);

const read = new Map<string, Page>();

/** `GET /docs`: the reference of the API, for people, from `/openapi.json`. */
export async function docs(c: Context): Promise<Response> {
  return assetOf("page.html", "text/html; charset=utf-8", "../docs/page.html").answer(c);
}

/** `GET /docs/assets/{name}` */
export async function docsAsset(c: Context): Promise<Response> {
  const name = c.req.param("name") ?? "";
  if (!isAsset(name)) throw new ScoringError("not_found", "There is no such page under /docs.");
  const [type, file] = ASSETS[name];
  return assetOf(name, type, file).answer(c);
}

function isAsset(name: string): name is keyof typeof ASSETS {
  return Object.hasOwn(ASSETS, name);
}

/** Read at its first use, and then kept: 2 MB in all. */
function assetOf(name: string, type: string, file: string): Page {
  const known = read.get(name);
  if (known !== undefined) return known;
  const body = readFileSync(new URL(import.meta.resolve(file)));
  const page = new Page({ body, type, headers: HEADERS });
  read.set(name, page);
  return page;
}
