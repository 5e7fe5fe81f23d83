import { z } from "zod";
import { unarchiveCommand } from "../../shared/model/archived.ts";
import { pullCommand, type Registry } from "../../shared/model/registry.ts";
import type { WorkerView } from "./worker-view.ts";

/** Whether a version can be scored with, and who does. */
export const stateSchema = z.strictObject({
  status: z.enum([
    "ready",
    "starting",
    "scales_from_zero",
    "not_pulled",
    "unavailable",
    "archived",
    "missing",
  ]),
  detail: z.string().nullable().describe("What is in the way, and what to do about it."),
  workers: z.strictObject({ ready: z.int().min(0), starting: z.int().min(0) }),
});

type State = z.output<typeof stateSchema>;

export interface Versions {
  readonly registry: Registry;
  readonly workers: WorkerView;
}

/** How a version is, and why: what Azure ML calls healthy, transitioning and unhealthy. */
export function stateOf(model: string, { registry, workers }: Versions): State {
  const count = workers.count(model);
  const version = registry.find(model);
  const state = (status: State["status"], detail: string | null = null): State => ({
    status,
    detail,
    workers: count,
  });
  if (version === undefined) return state("missing", `${model} is not in the models folder.`);
  if (version.isArchived) return state("archived", `Undo it: ${unarchiveCommand(model)}`);
  if (count.ready > 0) return state("ready");
  const reason = workers.whyUnavailable(model);
  if (reason?.not_pulled === true) return state("not_pulled", `Run: ${pullCommand(version)}`);
  if (reason !== undefined) return state("unavailable", `${reason.unavailable}.`);
  if (count.starting > 0) return state("starting");
  return state("scales_from_zero", "No worker serves it now; one is started when work comes.");
}
