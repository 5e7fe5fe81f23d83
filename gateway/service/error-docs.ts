import { readFileSync } from "node:fs";
import type { Context } from "hono";
import { errorCodes, errorKind, type ErrorCode } from "../../shared/error.ts";
import { Page } from "../http/page.ts";
import { STILL_PAGE, stillPage } from "../http/problem-page.ts";

/** The one place where these texts stand: whoever installs a gateway takes this file along. */
const SOURCE = new URL("../../docs/errors.md", import.meta.url);

let page: Page | undefined;

/**
 * `GET /docs/errors`: what the `type` of our problem documents points at. When a code happens, and
 * what to do, as docs/errors.md says; read at the first use.
 */
export async function errorDocs(c: Context): Promise<Response> {
  const { "content-type": type = "", ...headers } = STILL_PAGE;
  page ??= new Page({ body: Buffer.from(errorDocsHtml()), type, headers });
  return page.answer(c);
}

/** The page, made anew. */
export function errorDocsHtml(): string {
  const markdown = readFileSync(SOURCE, "utf8");
  const entries = errorCodes.map((code) => entryOf(code, markdown));
  return stillPage("../", "Errors", `<h1>Errors</h1>\n${entries.join("\n")}`);
}

function entryOf(code: ErrorCode, markdown: string): string {
  const { status, title, retryable } = errorKind(code);
  const [, after = ""] = markdown.split(`\n### ${code}\n`);
  const [text = ""] = after.split("\n#");
  const paragraphs = text.trim().split("\n\n").map(paragraphOf);
  const again = retryable ? " The same request may succeed later." : "";
  return `<h2 id="${code}"><code>${code}</code> (${status})</h2><p>${title}.${again}</p>${paragraphs.join("")}`;
}

/** Of Markdown as docs/errors.md uses it: code, bold, links. Other documents are not served here. */
function paragraphOf(text: string): string {
  const html = text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/\*\*([^*]+)\*\*/g, "<b>$1</b>")
    .replaceAll(/\[([^[\]]+)\]\([^)]+\)/g, "$1");
  return `<p>${html}</p>`;
}
