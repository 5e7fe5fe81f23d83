import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import { show } from "../terminal/show.ts";
import { z } from "zod";
import { cut, table } from "../terminal/table.ts";
import type { Command } from "../terminal/command.ts";
import { keySchema, type ShownKey } from "../http/shown-key.ts";

const pageSchema = z.object({ data: z.array(keySchema), has_more: z.boolean() });

/** `keys list`: all keys, without their secrets. */
export const keysList: Command = {
  name: "keys list",
  usage: "",
  summary: "Lists the API keys of all tenants.",
  about: `Oldest first, with the day each was last used. MAY shows its role, its scope, or
how many it has, and its limits: models, bulk (its class), expires. Needs a key
with the scope admin.`,
  options: {
    "--json": "an array of objects, with models, ceiling and all times",
    ...gatewayOptions,
  },
  examples: ["keys list", "keys list --json"],
  async run(given, shell) {
    const keys = await readAll(new Gateway(given, shell));
    show(keys, table([HEAD, ...keys.map(rowOf)], { whole: WHOLE }), given, shell);
  },
};

const HEAD = ["KEY", "TENANT", "NAME", "MAY", "USED"];

/** The id, and the day. */
const WHOLE = [0, 4];

function rowOf(key: ShownKey): readonly string[] {
  const { id, tenant, name, role, scopes, last_used_at: used } = key;
  const limits = [
    ...(key.models === null ? [] : ["models"]),
    ...(key.priority_ceiling === "bulk" ? ["bulk"] : []),
    ...(key.expires_at === null ? [] : ["expires"]),
  ];
  const own = scopes.length > 1 ? `${scopes.length} scopes` : scopes.join();
  const may = role ?? own;
  const all = [may, ...limits].join("+");
  return [id, cut(tenant, 8), cut(name, 12), cut(all, 16), used?.slice(0, 10) ?? "never"];
}

async function readAll(gateway: Gateway): Promise<readonly ShownKey[]> {
  const keys: ShownKey[] = [];
  let hasMore = true;
  while (hasMore) {
    const after = keys.at(-1)?.id;
    const path = `/v1/keys${after === undefined ? "" : `?after=${after}`}`;
    const page = await gateway.json({ path }, pageSchema);
    keys.push(...page.data);
    hasMore = page.has_more && page.data.length > 0;
  }
  return keys;
}
