import type { Arguments, Shell } from "./command.ts";

/** Prints what was asked for: a value as JSON with `--json`, else lines for a person. */
export function show(
  value: unknown,
  lines: readonly string[],
  { flags }: Pick<Arguments, "flags">,
  shell: Shell,
): void {
  if (flags["json"] === true) shell.print(JSON.stringify(value, null, 2));
  else for (const line of lines) shell.print(line);
}
