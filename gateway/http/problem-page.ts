import type { Problem } from "../../shared/error.ts";
import type { Headers } from "./answers.ts";

const UP = "../";
const HERE = "./";

/** What keeps a page of ours from all but what it needs; nobody may frame it. @param needs as directives */
export function guarded(needs: readonly string[]) {
  const none = ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"];
  const policy = ["default-src 'none'", ...needs, ...none].join("; ");
  return { "content-security-policy": policy, "referrer-policy": "no-referrer" };
}

/** What browsers need to show a page of ours that runs nothing. */
export const STILL_PAGE: Headers = {
  "content-type": "text/html; charset=utf-8",
  ...guarded(["style-src 'self'", "img-src 'self'"]),
};

/** A problem for who opened its address in a browser. @param path of the request */
export function problemPage(problem: Problem, path: string, headers: Headers): Response {
  const { status, title, detail, code } = problem;
  const root = rootFrom(path);
  const text = stillPage(
    root,
    title,
    `<p class="small num">${status}</p>
<h1>${escaped(title)}</h1>
<p class="lead">${escaped(detail)}</p>
${code === "unauthenticated" ? "<p>Programs send a key; people sign in at the page.</p>\n" : ""}<p><a href="${root}">Open Scoreline</a> · <a href="${root}docs">API reference</a> · <a href="${root}docs/errors#${code}">About this error</a></p>`,
  );
  const sent = { ...headers, ...STILL_PAGE, "cache-control": "no-store", vary: "accept" };
  return new Response(text, { status, headers: sent });
}

/** A page that looks like ours and runs nothing. @param root where `/` is, seen from it @param main its HTML */
export function stillPage(root: string, title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Scoreline</title>
<link rel="icon" href="${root}page/app/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}page/app/page.css">
</head>
<body>
<main class="alone">
<p><a class="brand" href="${root}"><span class="mark" aria-hidden="true"><i></i><i></i><i></i></span>Scoreline</a></p>
${main}
</main>
</body>
</html>
`;
}

/** `/` as a path from another one, also below a prefix that a proxy adds. */
export function rootFrom(path: string): string {
  const depth = path.match(/\//g)?.length ?? 1;
  return UP.repeat(depth - 1) || HERE;
}

/** A text as HTML. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
