import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { keyJson } from "../../gateway/access/key-json.ts";
import { readNewKey } from "../../gateway/access/key-body.ts";
import { systemClock } from "../../shared/clock.ts";
import { withKeys } from "../start/api-key.ts";
import { UsageError, type Command, type Shell } from "../terminal/command.ts";
import { instantOf } from "../terminal/instant.ts";
import { keySchema, rightsIn, showSecrets, type ShownKey } from "../http/shown-key.ts";

/** `keys create`: a key with both its secrets. */
export const keysCreate: Command = {
  name: "keys create",
  usage: "NAME",
  summary: "Makes an API key, and prints its two tokens, once.",
  about: `Either token works; with two, you can rotate one without downtime.
Needs a key with the scope admin, or --direct.`,
  options: {
    "--tenant TENANT": `owner of the jobs that the key creates and sees; default: default`,
    "--role ROLE": "its rights, instead of the three below; as they are at any time",
    "--scopes SCOPE,SCOPE":
      "jobs:write, jobs:read, jobs:cancel, batches:*, webhooks:*, admin, operator; default: the three of jobs",
    "--models MODEL,MODEL": "names, or name@version; default: all",
    "--priority-ceiling bulk": "only jobs of priority bulk",
    "--expires TIME": "a number of days, like 90d, or a time, like 2027-01-31T00:00:00Z",
    "--direct":
      "straight into the Redis of REDIS_URL, without a gateway: for the first key of an installation, and when every admin key is lost",
    ...answerOptions,
  },
  examples: [
    'keys create "web shop" --tenant shop --models wine',
    "keys create dashboard --scopes jobs:read --expires 90d",
    "REDIS_URL=redis://127.0.0.1:6379 npx scoreline keys create first --scopes admin,operator --direct",
  ],
  async run(given, shell) {
    const { tenant, role, expires } = given.flags;
    const body = JSON.stringify({
      name: given.words[0],
      tenant,
      role,
      ...rightsIn(given.flags),
      expires_at: expires === undefined ? undefined : timeOf(String(expires)),
    });
    const request = { path: "/v1/keys", method: "POST", body };
    const key =
      given.flags["direct"] === true
        ? await createDirectly(body, shell)
        : await new Gateway(given, shell).json(request, keySchema);
    showSecrets(key, given, shell);
    shell.notes.write(`${key.id} of tenant ${key.tenant}. The tokens are not shown again.\n`);
  },
};

/** Who may write to Redis may do everything already. */
async function createDirectly(body: string, { environment }: Shell): Promise<ShownKey> {
  const { REDIS_URL: url } = environment;
  if (url === undefined || !URL.canParse(url)) {
    throw new UsageError("--direct wants REDIS_URL=redis://... in the environment");
  }
  const nowMs = systemClock.now();
  const wanted = readNewKey(Buffer.from(body), nowMs);
  if (wanted.role !== undefined) throw new UsageError("--direct goes without --role");
  const { key, tokens } = await withKeys(url, async (keys) => keys.issue(wanted, nowMs));
  return keySchema.parse({ ...keyJson(key), secrets: tokens });
}

/** @throws {UsageError} when it is neither days nor a time */
function timeOf(text: string): string {
  const instant = instantOf(text, "d", 1);
  if (instant === undefined) {
    throw new UsageError(
      `--expires ${text} is neither days (90d) nor a time (2027-01-31T00:00:00Z)`,
    );
  }
  return instant;
}
