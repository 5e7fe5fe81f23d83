import { deleteNamed } from "../http/delete-named.ts";
import { gatewayOptions } from "../http/options.ts";
import { rolePath } from "../http/shown-role.ts";
import type { Command } from "../terminal/command.ts";

/** `roles delete`: the end of a role. */
export const rolesDelete: Command = {
  name: "roles delete",
  usage: "NAME",
  summary: "Deletes a role: who has it may do nothing.",
  about: `Within 2 s, until there is a role of this name again. Needs a key with the scope
admin.`,
  options: {
    "--json": `{"name": ..., "deleted": true}`,
    ...gatewayOptions,
  },
  examples: ["roles delete scorer"],
  run: async (given, shell) => deleteNamed(rolePath, given, shell),
};
