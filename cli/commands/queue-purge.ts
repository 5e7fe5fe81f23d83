import { z } from "zod";
import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import { lanePath } from "../queue/lane.ts";
import { CommandError, UsageError, type Command, type Shell } from "../terminal/command.ts";
import { Questions } from "../terminal/questions.ts";

const purgeSchema = z.object({ jobs: z.number(), items: z.number(), has_more: z.boolean() });

/** Requests that one command makes: each purges for ten seconds. */
const REQUESTS_MAX = 1000;
const ANSWER_MS = 60_000;

/** `queue purge`: what waits is canceled, of all tenants. */
export const queuePurge: Command = {
  name: "queue purge",
  usage: "LANE",
  summary: "Cancels everything that waits in a lane, of all tenants.",
  about: `What runs, and what comes later, stays. You are asked to type the lane's name.
Needs a key with the scope operator.`,
  options: {
    "--yes": "do not ask",
    "--json": `{"lane": ..., "jobs": ..., "items": ...}: how many were canceled`,
    ...gatewayOptions,
  },
  examples: ["queue purge wine@1.bulk", "queue purge wine@1.bulk --yes"],
  async run(given, shell) {
    const [lane = ""] = given.words;
    if (given.flags["yes"] !== true) await confirm(lane, shell);
    const gateway = new Gateway(given, shell);
    const request = { path: lanePath(lane, "purge"), method: "POST", answerMs: ANSWER_MS };
    let [jobs, items] = [0, 0];
    for (let asked = 0; asked < REQUESTS_MAX; asked += 1) {
      const purged = await gateway.json(request, purgeSchema);
      jobs += purged.jobs;
      items += purged.items;
      if (!purged.has_more) break;
    }
    if (given.flags["json"] === true) shell.print(JSON.stringify({ lane, jobs, items }));
    else shell.notes.write(`Canceled in ${lane}: ${jobs} jobs, ${items} items of batches.\n`);
  },
};

/** @throws {CommandError} when something else is typed @throws {UsageError} when nobody is there to ask */
async function confirm(lane: string, shell: Shell): Promise<void> {
  if (!shell.input.isTTY) throw new UsageError("Nobody can be asked here: say --yes to purge.");
  const text = `This cancels everything that waits in ${lane}. Type its name to go on.`;
  const typed = await new Questions({}, shell).ask({ flag: "lane", text });
  if (typed !== lane) throw new CommandError("that is another name; nothing was purged");
}
