import type { Flow } from "../../shared/lane/flow.ts";
import { KeptText } from "../../shared/kept-text.ts";
import { METRICS_KEPT_MS, METRICS_TYPE } from "../../shared/metrics.ts";
import { jobClasses, type Lane } from "../../shared/lane.ts";
import type { Registry } from "../../shared/model/registry.ts";
import type { GatewayMetrics } from "../http/metrics.ts";
import type { LaneView } from "../models/lane-view.ts";
import type { WorkerView } from "../models/worker-view.ts";
import type { HealthServices } from "./health.ts";
import type { MemoryWatch } from "./memory-watch.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** The text of `/metrics`, and what its gauges are filled with. */
export interface MetricsServices extends HealthServices {
  readonly figures: KeptText;
  readonly lanes: LaneView;
  readonly memory: MemoryWatch;
  readonly metrics: GatewayMetrics;
  readonly registry: Registry;
  readonly workers: WorkerView;
}

/** `GET /metrics`: a second old at most, and made once however many ask. */
export const metrics: Handler<Pick<MetricsServices, "figures">> = async (_c, { figures }) => {
  const headers = { "content-type": METRICS_TYPE, "cache-control": "no-store" };
  return new Response(await figures.read(), { headers });
};

/** The text of `/metrics`. While Redis does not answer, the lanes have no figures. */
export function keptFigures(sources: () => MetricsServices): KeptText {
  return new KeptText(async () => {
    const now = sources();
    showLanes(await readLanes(now), now);
    showWorkers(now);
    showRest(now);
    return now.metrics.text();
  }, METRICS_KEPT_MS);
}

interface LaneFlow {
  readonly lane: Lane;
  readonly flow: Flow | undefined;
}

/** The connection gives up on a reply after 5 s; a scrape's usual limit is 10 s. */
async function readLanes({ registry, lanes }: MetricsServices): Promise<readonly LaneFlow[]> {
  const all = registry.versions.flatMap(({ id }) =>
    jobClasses.map((jobClass): Lane => ({ model: id, class: jobClass })),
  );
  return Promise.all(all.map(async (lane) => ({ lane, flow: await lanes.of(lane) })));
}

function showLanes(all: readonly LaneFlow[], { metrics: { own } }: MetricsServices): void {
  own.laneOutstanding.reset();
  own.laneLoad.reset();
  own.laneRunning.reset();
  own.modelRecent.reset();
  own.laneOldestAge.reset();
  for (const { lane, flow } of all) {
    if (flow === undefined) continue;
    const labels = { model: lane.model, class: lane.class };
    own.laneOutstanding.set(labels, flow.outstanding);
    own.laneLoad.set(labels, flow.load);
    own.laneRunning.set(labels, flow.running);
    own.modelRecent.set({ model: lane.model }, flow.isRecent ? 1 : 0);
    own.laneOldestAge.set(labels, (flow.oldestAgeMs ?? 0) / 1000);
  }
}

function showWorkers({ registry, workers, metrics: { own } }: MetricsServices): void {
  own.workers.reset();
  for (const { id: model } of registry.versions) {
    const { ready, starting } = workers.count(model);
    const { unavailable, notPulled } = workers.countUnavailable(model);
    own.workers.set({ model, state: "ready" }, ready);
    own.workers.set({ model, state: "starting" }, starting);
    own.workers.set({ model, state: "unavailable" }, unavailable);
    own.workers.set({ model, state: "not_pulled" }, notPulled);
  }
}

function showRest(services: MetricsServices): void {
  const { waiter, memory, clock, isRedisReady, metrics: all } = services;
  const { usedBytes, maxBytes } = memory.seen;
  all.own.waitedJobs.set(waiter.size);
  all.own.redisMemoryUsed.set(usedBytes);
  all.own.redisMemoryMax.set(maxBytes);
  all.showClock(clock);
  all.showRedis(isRedisReady());
}
