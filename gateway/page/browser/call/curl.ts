import {
  jobsUrl,
  mediaTypeOf,
  WAIT_SECONDS,
  type Call,
  type CallBody,
  type KeySource,
} from "./call.ts";
import { quoted } from "./quote.ts";

/**
 * The call as a command for a POSIX shell, in pieces that may stand on a line each. Not with curl's
 * `--json`, which Debian 11 and other long-lived systems do not have.
 */
export function curlCall(call: Call): readonly string[] {
  return [
    `curl -s ${curlKey(call.key)}`.trimEnd(),
    `-H 'Prefer: wait=${WAIT_SECONDS}' -H 'Content-Type: ${mediaTypeOf(call.body)}'`,
    dataOf(call.body),
    quoted(jobsUrl(call)),
  ];
}

function dataOf(body: CallBody): string {
  switch (body.kind) {
    case "json":
      return `-d ${quoted(JSON.stringify(body.json))}`;
    case "input-file":
      return `-d "{\\"input\\":$(cat ${quoted(body.path)})}"`;
    case "file":
      return `--data-binary @${quoted(body.path)}`;
  }
}

/**
 * curl's option for a key: it is read where the line runs, and stands neither on the screen nor in the
 * shell's history.
 *
 * @returns "" when none is sent
 */
export function curlKey(key: KeySource): string {
  switch (key.from) {
    case "nowhere":
      return "";
    case "variable":
      return `-H "Authorization: Bearer $${key.name}"`;
    case "file":
      return `-H "Authorization: Bearer $(cat ${quoted(key.path)})"`;
  }
}

/** Pieces as one command over several lines. */
export function overLines(pieces: readonly string[]): string {
  return pieces.join(" \\\n  ");
}
