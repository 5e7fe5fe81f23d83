import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { roleLines, rolePath, roleSchema } from "../http/shown-role.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";

/** `roles get`: one role. */
export const rolesGet: Command = {
  name: "roles get",
  usage: "NAME",
  summary: "Shows what a role may do.",
  about: "Needs a key with the scope admin.",
  options: answerOptions,
  examples: ["roles get scorer"],
  async run(given, shell) {
    const path = rolePath(given.words[0] ?? "");
    const role = await new Gateway(given, shell).json({ path }, roleSchema);
    show(role, roleLines(role), given, shell);
  },
};
