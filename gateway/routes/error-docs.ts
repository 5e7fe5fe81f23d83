import { errorCodes, errorKind } from "../../shared/error.ts";

/** `GET /docs/errors`: what the `type` of our problem documents points at. */
export function errorDocs(): Response {
  const entries = errorCodes.map((code) => {
    const { status, title, retryable } = errorKind(code);
    const advice = retryable
      ? "Trying the same request again can help."
      : "Trying again cannot help.";
    return `<dt id="${code}"><code>${code}</code> (${status})</dt><dd>${title}. ${advice}</dd>`;
  });
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors</title>
<h1>Errors</h1><dl>${entries.join("\n")}</dl></html>`;
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
}
