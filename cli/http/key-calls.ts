import { z } from "zod";
import { call, jsonOf, problemText, type Call } from "./call.ts";
import { gatewayUrl } from "./url.ts";
import { CommandError, type Arguments, type Shell } from "../terminal/command.ts";

const ANSWER_MS = 15_000;

/** As the gateway shows a key; `secrets` where they were made just now. */
export const keySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(z.string()),
  models: z.array(z.string()).nullable(),
  priority_ceiling: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  secrets: z.partialRecord(z.enum(["primary", "secondary"]), z.string()).optional(),
});

export type ShownKey = z.infer<typeof keySchema>;

/** @throws {CommandError} with the gateway's own words when it refuses */
export async function callKeys(
  { path, method, body }: Pick<Call, "path" | "method"> & { readonly body?: unknown },
  { flags }: Arguments,
  shell: Shell,
): Promise<unknown> {
  const url = gatewayUrl(flags["url"], shell);
  const request = {
    url,
    path: `/v1/keys${path}`,
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    answerMs: ANSWER_MS,
  };
  const response = await call(request, shell);
  if (response.status === 204) return undefined;
  const answer = await jsonOf(response, url);
  if (response.ok) return answer;
  throw new CommandError(problemText(answer) ?? `${url} answers ${response.status}`);
}

/** The tokens go to stdout, where they can be caught; that they are told once goes to stderr. */
export function showSecrets(key: ShownKey, { flags }: Arguments, shell: Shell): void {
  if (flags["json"] === true) shell.print(JSON.stringify(key, null, 2));
  else
    for (const [name, token] of Object.entries(key.secrets ?? {}))
      shell.print(`${name.padEnd(9)}  ${token}`);
}
