import type { ArmKind } from "../arms/arm.ts";
import type { BenchOptions } from "../options.ts";
import type { WorkloadName } from "../workloads/workloads.ts";
import { bulk } from "./bulk.ts";
import { depth } from "./depth.ts";
import { queued } from "./queued.ts";
import type { Series } from "./rounds.ts";
import { closed, open } from "./serve.ts";
import type { Step } from "./step.ts";

/** A photograph is about as much work as so many questions: its open loops are so much slower. */
const PHOTO_WORK = 50;

/** What is measured, in the order in which arms take turns. */
export function seriesOf(options: BenchOptions): readonly Series[] {
  return options.models.flatMap((workload) =>
    options.arms
      .filter(({ workloads }) => workloads?.includes(workload) ?? true)
      .map((kind) => ({ kind, workload, steps: stepsOf(kind, workload, options) })),
  );
}

function stepsOf(kind: ArmKind, workload: WorkloadName, options: BenchOptions): readonly Step[] {
  if (kind.steps !== undefined) return kind.steps;
  const rates = options.rates.map((rate) => (workload === "photos" ? rate / PHOTO_WORK : rate));
  const loads = [...options.clients.map(closed), ...rates.map(open)];
  if (kind.isQueue !== true) return loads;
  const ofQueues = [
    ...options.queued.map((clients) => queued(clients, options.queuedJobs)),
    ...options.depths.map(depth),
    ...options.bulk.map(bulk),
  ];
  return [...loads, ...ofQueues.filter(({ workloads }) => workloads?.includes(workload) ?? true)];
}
