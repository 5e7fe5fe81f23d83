import { gatewayOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";
import { callKeys } from "../http/key-calls.ts";

/** `keys revoke`: the end of a key. */
export const keysRevoke: Command = {
  name: "keys revoke",
  usage: "KEY_ID",
  summary: "Ends a key: neither of its tokens works any more.",
  about: `Gateways may accept its tokens for up to 2 s more. Its jobs continue. The last
key with the scope admin cannot be revoked. Needs a key with the scope admin.`,
  options: {
    "--json": "the id, as JSON",
    ...gatewayOptions,
  },
  examples: ["keys revoke key_01m7z2a26vfw0besdntrqt1pz3"],
  async run(given, shell) {
    const [id = ""] = given.words;
    await callKeys({ path: `/${encodeURIComponent(id)}`, method: "DELETE" }, given, shell);
    if (given.flags["json"] === true) shell.print(JSON.stringify({ id, revoked: true }));
    else shell.notes.write(`${id} is revoked.\n`);
    return 0;
  },
};
