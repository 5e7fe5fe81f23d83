import { createHash } from "node:crypto";
import { extname } from "node:path";
import { Page } from "../http/page.ts";
import { LIBRARIES } from "./files.ts";
import { escaped, guarded } from "../http/problem-page.ts";
import { CODE } from "../../shared/installed.ts";

/** Everything is asked for below where the page stands, also behind a proxy that adds a prefix. */
const ROOT = "./page/";

/** Tokens and what all share; a page or piece may have a style sheet of its own beside it. */
const BASE_STYLE = "app/page.css";

/** The one script in the page itself: browsers take no such map from elsewhere. */
const IMPORTS = JSON.stringify({
  imports: Object.fromEntries(
    Object.entries(LIBRARIES).map(([name, file]) => [name, `${ROOT}${file}`]),
  ),
});

/** Where the page sends people to be signed in; `browser/app/issuer.ts` reads it. */
export interface PageIssuer {
  readonly url: string;
  readonly clientId: string;
  readonly scope: string;
}

/** Who looks at the page. */
export interface Viewers {
  /** Whether the gateway asks callers for keys. */
  readonly wantsKeys: boolean;
  /** Who else signs people in. */
  readonly issuer: PageIssuer | undefined;
}

/** The page may ask this gateway and the issuer, and runs what it serves. */
function headersFor({ issuer }: Viewers) {
  return guarded([
    `script-src 'self' 'sha256-${createHash("sha256").update(IMPORTS).digest("base64")}'`,
    "style-src 'self'",
    "img-src 'self' blob:",
    `connect-src 'self'${issuer === undefined ? "" : ` ${new URL(issuer.url).origin}`}`,
  ]);
}

/** The page for people. @param own its files, `folder/name` */
export function htmlPage(own: readonly string[], viewers: Viewers): Page {
  const headers = headersFor(viewers);
  const body = Buffer.from(html(own, viewers));
  return new Page({ body, type: "text/html; charset=utf-8", headers, vary: "accept" });
}

/** All modules are named, so that they come at once and not one after the other. */
function html(own: readonly string[], { wantsKeys, issuer }: Viewers): string {
  const modules = [...own.filter((name) => extname(name) === CODE), ...Object.values(LIBRARIES)];
  const styles = [
    BASE_STYLE,
    ...own.filter((name) => extname(name) === ".css" && name !== BASE_STYLE),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="scoreline-auth" content="${wantsKeys ? "keys" : "off"}">
${issuer === undefined ? "" : `<meta name="scoreline-issuer" content="${escaped(JSON.stringify(issuer))}">`}
<title>Scoreline</title>
<link rel="icon" href="${ROOT}app/icon.svg" type="image/svg+xml">
${styles.map((name) => `<link rel="stylesheet" href="${ROOT}${name}">`).join("\n")}
<script type="importmap">${IMPORTS}</script>
${modules.map((name) => `<link rel="modulepreload" href="${ROOT}${name}">`).join("\n")}
<script type="module" src="${ROOT}main/main${CODE}"></script>
</head>
<body>
<noscript><p>This page needs JavaScript. The API does not: <a href="docs">reference</a>, <a href="openapi.json">openapi.json</a>.</p></noscript>
</body>
</html>
`;
}
