import type { DefaultChange } from "./default-version.ts";
import { show } from "../terminal/show.ts";
import type { Arguments, Shell } from "../terminal/command.ts";

/** Prints what a bare name means now: as JSON with `--json`, else for a person. */
export function printDefault(change: DefaultChange, given: Arguments, shell: Shell): void {
  show(change, [lineOf(change)], given, shell);
}

function lineOf({ model, default: now, before, result }: DefaultChange): string {
  if (result === "unchanged") return `"${model}" means ${now} already`;
  if (now === before) return `"${model}" means ${now}, and keeps that meaning when versions come`;
  return `"${model}" means ${now} now; it meant ${before}`;
}
