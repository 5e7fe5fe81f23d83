import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";

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
    const request = { path: `/v1/keys/${encodeURIComponent(id)}`, method: "DELETE" };
    await new Gateway(given, shell).send(request);
    if (given.flags["json"] === true) shell.print(JSON.stringify({ id, revoked: true }));
    else shell.notes.write(`${id} is revoked.\n`);
  },
};
