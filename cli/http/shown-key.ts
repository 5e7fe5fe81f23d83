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

/** What options say of rights, as members of a request; the gateway knows what is right. */
export function rightsIn({ scopes, models, "priority-ceiling": ceiling }: Arguments["flags"]) {
  return { scopes: namesIn(scopes), models: namesIn(models), priority_ceiling: ceiling };
}

/** What stands between commas. */
function namesIn(text: Arguments["flags"][string]): readonly string[] | undefined {
  if (text === undefined) return undefined;
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
