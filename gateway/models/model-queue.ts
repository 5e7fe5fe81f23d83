import type { JobClass } from "../../shared/lane.ts";
import type { Registry } from "../../shared/model/registry.ts";
import { jsonAnswer } from "../http/answers.ts";
import { callerOf, usableVersion } from "../access/caller.ts";
import { startsInMs, type LaneView } from "./lane-view.ts";
import type { ModelQueue } from "./queue-schema.ts";
import type { WorkerView } from "./worker-view.ts";
import type { Handler } from "../http/openapi/operation.ts";

export interface QueueServices {
  readonly lanes: LaneView;
  readonly registry: Registry;
  readonly workers: WorkerView;
}

/** `GET /v1/models/{model}/queue`: how one version's lanes are doing, a second old at most. */
export const getQueue: Handler<QueueServices> = async (c, services) => {
  const { registry, workers, lanes } = services;
  const { id } = usableVersion(callerOf(c), registry, c.req.param("model") ?? "");
  const queue: ModelQueue = {
    object: "queue",
    model: id,
    workers: workers.count(id),
    recent: (await lanes.get({ model: id, class: "interactive" })).isRecent ? 1 : 0,
    interactive: await laneJson(id, "interactive", services),
    bulk: await laneJson(id, "bulk", services),
  };
  return jsonAnswer(queue);
};

async function laneJson(
  model: string,
  jobClass: JobClass,
  { lanes }: QueueServices,
): Promise<ModelQueue[JobClass]> {
  const flow = await lanes.get({ model, class: jobClass });
  const waitMs = startsInMs(flow.outstanding, flow);
  return {
    load: flow.load,
    waiting: Math.max(0, flow.outstanding - flow.running),
    running: flow.running,
    oldest_age_ms: flow.oldestAgeMs ?? null,
    arrival_rate: round(flow.arrivalRate),
    end_rate: flow.endRate === undefined ? null : round(flow.endRate),
    estimated_wait_ms: flow.outstanding === 0 ? 0 : waitMs === undefined ? null : Math.ceil(waitMs),
  };
}

function round(rate: number): number {
  return Math.round(rate * 1000) / 1000;
}
