import { z } from "zod";
import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import type { Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";
import { wholeNumber } from "../terminal/whole-number.ts";
import { rightsIn } from "../http/shown-key.ts";

const tokenSchema = z.looseObject({
  access_token: z.string(),
  key: z.string(),
  scopes: z.array(z.string()),
  expires_at: z.string(),
});

/** `tokens create`: an access token of the key that the command calls with. */
export const tokensCreate: Command = {
  name: "tokens create",
  usage: "",
  summary: "Makes an access token, which ends by itself.",
  about: `For what should not hold a key: a script, a notebook, a job of CI. It may do no
more than the key, and ends with it, or with the secret that it was made with.`,
  options: {
    "--role ROLE": "the rights of this role, instead of the three below",
    "--scopes SCOPE,SCOPE": "among those of the key; default: all of them",
    "--models MODEL,MODEL": "among those of the key; default: all of them",
    "--priority-ceiling bulk": "only jobs of priority bulk",
    "--lifetime SECONDS": { help: "how long it works, up to 86400", default: "3600" },
    ...answerOptions,
  },
  examples: ["tokens create --scopes jobs:write --models wine", "tokens create --lifetime 600"],
  async run(given, shell) {
    const body = JSON.stringify({
      role: given.flags["role"],
      ...rightsIn(given.flags),
      lifetime_seconds: wholeNumber(given, "lifetime", 1),
    });
    const request = { path: "/v1/tokens", method: "POST", body };
    const token = await new Gateway(given, shell).json(request, tokenSchema);
    show(token, [token.access_token], given, shell);
    const until = token.expires_at;
    shell.notes.write(`of ${token.key}, with ${token.scopes.join(", ")}, until ${until}\n`);
  },
};
