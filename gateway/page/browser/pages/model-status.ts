import type { ModelVersionBrief } from "../../../models/model-schema.ts";
import { several } from "../app/figures.ts";
import type { Standing } from "../pieces/tone.ts";

/** A version's state in a word or two, for lists. */
export function statusWord({ status, workers }: ModelVersionBrief): string {
  if (status === "available") return workers.ready > 0 ? "ready" : "starting";
  return { unavailable: "no worker", not_pulled: "not pulled yet", archived: "archived" }[status];
}

/** A version's state, and how bad that is. */
export function statusChip({ status, workers }: ModelVersionBrief): Standing {
  if (status === "archived") return ["plain", "archived"];
  if (status === "not_pulled") return ["warn", "not pulled yet"];
  if (workers.ready > 0) return ["good", `ready on ${several(workers.ready, "worker")}`];
  if (workers.starting > 0) return ["warn", `${several(workers.starting, "worker")} starting`];
  return ["warn", "no worker serves it"];
}

/** What helps where a version does not answer; undefined where it does. */
export function remedyOf({
  id,
  status,
  workers,
}: ModelVersionBrief): { text: string; command: string } | undefined {
  if (status === "not_pulled") {
    return {
      text: "Its file is not here yet. Fetch it:",
      command: `npx scoreline models pull ${id}`,
    };
  }
  if (status === "archived") {
    return {
      text: "It takes no new jobs. Bring it back:",
      command: `npx scoreline models archive ${id} --undo`,
    };
  }
  if (status === "available" && (workers.ready > 0 || workers.starting > 0)) return undefined;
  return {
    text: "No worker serves it. See what they say about it:",
    command: `npx scoreline models check ${id}`,
  };
}
