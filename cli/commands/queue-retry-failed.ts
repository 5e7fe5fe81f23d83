import { z } from "zod";
import { Gateway } from "../http/gateway.ts";
import { gatewayOptions } from "../http/options.ts";
import { UsageError, type Command } from "../terminal/command.ts";
import { instantOf } from "../terminal/instant.ts";

const retrySchema = z.object({
  retried: z.number(),
  gone: z.number(),
  refused: z.number(),
  until: z.string(),
  next_cursor: z.string().nullable(),
});

const ANSWER_MS = 60_000;
/** Requests that one command makes: each looks for five seconds. */
const REQUESTS_MAX = 10_000;

/** `queue retry-failed`: after an outage. */
export const queueRetryFailed: Command = {
  name: "queue retry-failed",
  usage: "--since TIME",
  summary: "Retries the jobs of all tenants that failed since a time.",
  about: `As their next attempts, with their own inputs. What was retried already is left
alone. Needs a key with the scope operator. Batches have batch retry.`,
  options: {
    "--since TIME": "30m, 2h or 1d ago; or a time such as 2026-11-30T08:00:00Z",
    "--lane LANE": "only those of this lane",
    "--json": `{"retried": ..., "gone": ..., "refused": ..., "until": ...}`,
    ...gatewayOptions,
  },
  examples: ["queue retry-failed --since 2h", "queue retry-failed --since 1d --lane wine@1.bulk"],
  async run(given, shell): Promise<number> {
    const { since, lane } = given.flags;
    const from = { since: sinceOf(since), lane: typeof lane === "string" ? lane : undefined };
    const gateway = new Gateway(given, shell);
    const counts = { retried: 0, gone: 0, refused: 0 };
    let cursor: string | undefined;
    let until = "";
    for (let asked = 0; asked < REQUESTS_MAX; asked += 1) {
      const body = JSON.stringify({ ...from, cursor });
      const request = { path: "/v1/queue/retry-failed", method: "POST", body, answerMs: ANSWER_MS };
      const step = await gateway.json(request, retrySchema);
      counts.retried += step.retried;
      counts.gone += step.gone;
      counts.refused += step.refused;
      until = step.until;
      if (step.next_cursor === null) break;
      cursor = step.next_cursor;
    }
    if (given.flags["json"] === true) shell.print(JSON.stringify({ ...counts, until }));
    else shell.notes.write(textOf(counts));
    return counts.refused > 0 ? 1 : 0;
  },
};

function textOf(counts: Readonly<Record<"retried" | "gone" | "refused", number>>): string {
  const gone = counts.gone === 0 ? "" : `, ${counts.gone} whose input is no longer kept`;
  const refused =
    counts.refused === 0
      ? ""
      : `, ${counts.refused} for which there is no room: run it again later`;
  return `Queued again: ${counts.retried} jobs${gone}${refused}.\n`;
}

/** @throws {UsageError} when it is neither a time nor so long ago */
function sinceOf(given: string | boolean | undefined): string {
  if (typeof given !== "string") throw new UsageError("--since is missing: 2h, or a time");
  const instant = instantOf(given, "mhd", -1);
  if (instant === undefined) throw new UsageError(`--since ${given}: neither 2h nor a time`);
  return instant;
}
