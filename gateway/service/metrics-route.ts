import type { Flow } from "../../shared/lane/flow.ts";
import { KeptText } from "../../shared/kept.ts";
import { METRICS_KEPT_MS, METRICS_TYPE } from "../../shared/metrics.ts";
import { jobClasses, type Lane } from "../../shared/lane.ts";
import type { GatewayMetrics } from "../http/metrics.ts";
import type { ModelServices } from "../models/operations.ts";
import type { HealthServices } from "./health.ts";
import type { MemoryWatch } from "./memory-watch.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** The text of `/metrics`, and what its gauges are filled with. */
export interface MetricsServices
  extends HealthServices, Pick<ModelServices, "lanes" | "registry" | "workers"> {
  readonly figures: KeptText;
  readonly memory: MemoryWatch;
  readonly metrics: GatewayMetrics;
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
  const { laneOutstanding, laneLoad, lanePaused, laneRunning, modelRecent, laneOldestAge } = own;
  const ofLanes = [laneOutstanding, laneLoad, lanePaused, laneRunning, laneOldestAge];
  const gauges = [...ofLanes, modelRecent];
  for (const gauge of gauges) gauge.reset();
  for (const { lane, flow } of all) {
    if (flow === undefined) continue;
    const labels = { model: lane.model, class: lane.class };
    laneOutstanding.set(labels, flow.outstanding);
    laneLoad.set(labels, flow.load);
    lanePaused.set(labels, flow.pause === undefined ? 0 : 1);
    laneRunning.set(labels, flow.running);
    modelRecent.set({ model: lane.model }, flow.isRecent ? 1 : 0);
    laneOldestAge.set(labels, (flow.oldestAgeMs ?? 0) / 1000);
  }
}

function showWorkers({ registry, workers, metrics: { own } }: MetricsServices): void {
  own.workers.reset();
  for (const { id: model } of registry.versions) {
    const states = { ...workers.count(model), ...workers.countUnavailable(model) };
    for (const [state, count] of Object.entries(states)) own.workers.set({ model, state }, count);
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
