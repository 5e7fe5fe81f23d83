import { z } from "zod";
import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import { roleSchema, ROLES, type ShownRole } from "../http/shown-role.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";
import { cut, table } from "../terminal/table.ts";

const listSchema = z.object({ data: z.array(roleSchema) });

/** `roles list`: all roles, by name. */
export const rolesList: Command = {
  name: "roles list",
  usage: "",
  summary: "Lists the roles: rights with a name.",
  about: "By name. Needs a key with the scope admin.",
  options: {
    "--json": "an array of roles as the gateway shows them",
    ...gatewayOptions,
  },
  examples: ["roles list", "roles list --json"],
  async run(given, shell) {
    const { data } = await new Gateway(given, shell).json({ path: ROLES }, listSchema);
    show(data, table([HEAD, ...data.map(rowOf)], { whole: [0] }), given, shell);
  },
};

const HEAD = ["ROLE", "SCOPES", "MODELS", "CEILING"];

function rowOf({ name, scopes, models, priority_ceiling: ceiling }: ShownRole): readonly string[] {
  const shownModels = models?.join(",") ?? "all";
  return [name, cut(scopes.join(","), 30), cut(shownModels, 20), ceiling];
}
