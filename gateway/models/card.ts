import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ScoringError } from "../../shared/error.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { callerOf } from "../access/caller.ts";
import type { Handler } from "../http/openapi/operation.ts";
import type { Planner } from "../routing/planner.ts";

/** `GET /v1/models/{model}/card`: what the maker of a version says of it, as Markdown. */
export const getCard: Handler<{ readonly planner: Planner }> = async (c, { planner }) => {
  const version = planner.versionOf(callerOf(c), c.req.param("model") ?? "");
  const headers = { "content-type": "text/markdown; charset=utf-8", "cache-control": "no-store" };
  return new Response(await cardOf(version), { headers });
};

/** @throws {ScoringError} `not_found` */
async function cardOf({ id, folder }: ModelVersion): Promise<string> {
  try {
    return await readFile(join(folder, "card.md"), "utf8");
  } catch (cause) {
    throw new ScoringError("not_found", `${id} has no card.md.`, { cause });
  }
}
