import { z } from "zod";
import { type Arguments, type Shell } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";

/** As the gateway shows a key; `secrets` where they were made just now. */
export const keySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  role: z.string().nullish(),
  scopes: z.array(z.string()),
  models: z.array(z.string()).nullable(),
  priority_ceiling: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  secrets: z.partialRecord(z.enum(["primary", "secondary"]), z.string()).optional(),
});

export type ShownKey = z.infer<typeof keySchema>;

/** What stands between commas. */
export function namesIn(text: unknown): readonly string[] {
  return String(text)
    .split(",")
    .map((word) => word.trim());
}

/** The tokens go to stdout, where they can be caught; that they are told once goes to stderr. */
export function showSecrets(key: ShownKey, given: Arguments, shell: Shell): void {
  const secrets = Object.entries(key.secrets ?? {});
  const lines = secrets.map(([name, token]) => `${name.padEnd(9)}  ${token}`);
  show(key, lines, given, shell);
}
