import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { parseToken } from "../../shared/access/token.ts";
import { keyFileOf } from "../start/folders.ts";
import { readKeyFile, writeKeyFile } from "../start/api-key.ts";
import { UsageError, type Command, type Shell } from "../terminal/command.ts";
import { keySchema, showSecrets } from "../http/shown-key.ts";

/** `keys regenerate`: one secret of a key ends, and another takes its place. */
export const keysRegenerate: Command = {
  name: "keys regenerate",
  usage: "KEY_ID --secret primary|secondary",
  summary: "Exchanges one of a key's two secrets for a new one.",
  about: `Prints the new token, only this once. It works at once; the old one works for up
to 2 s more, and the key's other token is unchanged. To rotate both without
downtime:
  1. regenerate secondary, and give the new token to all clients
  2. regenerate primary, for the next time

If npm start keeps this primary token in .scoreline/api-key, the file is
updated. Needs a key with the scope admin.`,
  options: {
    "--secret primary|secondary": "the one to replace",
    ...answerOptions,
  },
  examples: ["keys regenerate key_01m7z2a26vfw0besdntrqt1pz3 --secret secondary"],
  async run(given, shell) {
    const [id = ""] = given.words;
    const { secret } = given.flags;
    if (secret !== "primary" && secret !== "secondary") {
      throw new UsageError("--secret is primary or secondary");
    }
    const path = `/v1/keys/${encodeURIComponent(id)}/regenerate`;
    const request = { path, method: "POST", body: JSON.stringify({ secret }) };
    const key = await new Gateway(given, shell).json(request, keySchema);
    showSecrets(key, given, shell);
    if (secret === "primary") renewFile(id, key.secrets?.primary ?? "", shell);
  },
};

/** Else this clone's own commands, and the lines that npm start printed, would fail from now on. */
function renewFile(id: string, token: string, shell: Shell): void {
  const path = keyFileOf(shell);
  if (parseToken(readKeyFile(path) ?? "")?.keyId !== id) return;
  writeKeyFile(path, token);
  shell.notes.write(`${path} holds the new token.\n`);
}
