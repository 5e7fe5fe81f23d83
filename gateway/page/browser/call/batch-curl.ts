import { batchesUrl, headLine, type BatchCall } from "./batch-call.ts";
import { WAIT_SECONDS } from "./call.ts";
import { curlKey } from "./curl.ts";
import { quoted } from "./quote.ts";

/**
 * The call as a command for a POSIX shell, in pieces that may stand on a line each. What it sends is
 * streamed: neither the shell nor curl holds a whole file.
 */
export function batchCurl(call: BatchCall): readonly string[] {
  const { key, items } = call;
  const isTable = items.kind === "csv";
  return [
    ...(isTable
      ? [`curl -s -X POST -T ${quoted(items.path)}`]
      : [`{ echo ${quoted(headLine(call))}; ${linesOf(items)}; }`, "| curl -s -X POST -T -"]),
    curlKey(key),
    `-H 'Prefer: wait=${WAIT_SECONDS}' -H 'Content-Type: ${isTable ? "text/csv" : "application/x-ndjson"}'`,
    quoted(batchesUrl(call)),
  ].filter((piece) => piece !== "");
}

/** What prints an item a line. */
function linesOf({ kind, path }: BatchCall["items"]): string {
  if (kind === "ndjson") return `cat ${quoted(path)}`;
  const image = `$(base64 < "$f" | tr -d '\\n')`;
  return `for f in ${quoted(path)}/*.jpg; do printf '{"custom_id":"%s","input":{"image":"%s"}}\\n' "$f" "${image}"; done`;
}
