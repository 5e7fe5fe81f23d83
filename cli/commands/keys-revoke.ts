import { GATEWAY_HELP } from "../http/call.ts";
import type { Command } from "../terminal/command.ts";
import { callKeys } from "../http/key-calls.ts";

/** `keys revoke`: the end of a key. */
export const keysRevoke: Command = {
  name: "keys revoke",
  usage: "KEY_ID [--url URL] [--json]",
  summary: "Ends a key: neither of its tokens works any more.",
  help: `Gateways may take the tokens for up to 2 s more. Jobs of the key go on. The last
key with the scope admin cannot be revoked. Wants a key with the scope admin.

Options:
  --json       the id, as JSON
${GATEWAY_HELP}

Examples:
  npx scoreline keys revoke key_01m7z2a26vfw0besdntrqt1pz3`,
  options: { url: { type: "string" }, json: { type: "boolean" } },
  words: [1, 1],
  async run(given, shell) {
    const [id = ""] = given.words;
    await callKeys({ path: `/${encodeURIComponent(id)}`, method: "DELETE" }, given, shell);
    if (given.flags["json"] === true) shell.print(JSON.stringify({ id, revoked: true }));
    else shell.notes.write(`${id} is revoked.\n`);
    return 0;
  },
};
