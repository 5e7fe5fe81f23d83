import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { rightsIn } from "../http/shown-key.ts";
import { roleLines, rolePath, roleSchema } from "../http/shown-role.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";

/** `roles set`: makes a role, or gives it other rights. */
export const rolesSet: Command = {
  name: "roles set",
  usage: "NAME --scopes SCOPE,SCOPE",
  summary: "Makes a role, or replaces its rights.",
  about: `All keys and users that have it follow within 2 s. What is not said is as for a
new role: what it had before does not count. Needs a key with the scope admin,
which has the scopes itself.`,
  options: {
    "--scopes SCOPE,SCOPE":
      "jobs:write, jobs:read, jobs:cancel, batches:*, webhooks:*, admin, operator",
    "--models MODEL,MODEL": "names, or name@version; default: all",
    "--priority-ceiling bulk": "only jobs of priority bulk",
    ...answerOptions,
  },
  examples: ["roles set scorer --scopes jobs:write,jobs:read --models wine"],
  async run(given, shell) {
    const body = JSON.stringify(rightsIn(given.flags));
    const request = { path: rolePath(given.words[0] ?? ""), method: "PUT", body };
    const role = await new Gateway(given, shell).json(request, roleSchema);
    show(role, roleLines(role), given, shell);
  },
};
