import { covers } from "../../shared/access/rights.ts";
import { ScoringError } from "../../shared/error.ts";
import { jobClasses, laneClasses, laneName, parseLane, type Lane } from "../../shared/lane.ts";
import type { Registry } from "../../shared/model/registry.ts";
import { grants } from "../../shared/access/rights.ts";
import { mayUse, notUsable, type Caller } from "../access/caller.ts";
import { laneFigures } from "../models/lane-figures.ts";
import type { LaneView } from "../models/lane-view.ts";
import type { WorkerView } from "../models/worker-view.ts";
import type { LaneList, LaneState } from "./queue-schema.ts";

export interface QueueLooks {
  readonly lanes: LaneView;
  readonly registry: Registry;
  readonly workers: WorkerView;
}

/**
 * The lanes that a caller sees, a second old at most: both of each version that it may use. An operator also sees
 * those of shadows, and of versions that are gone, where there are any.
 */
export async function listLanes(caller: Caller, looks: QueueLooks): Promise<LaneList> {
  const lanes = await visibleLanes(caller, looks);
  const all = await Promise.all(lanes.map(async (lane) => stateOf(lane, looks)));
  return { object: "list", data: all.filter((it) => isShown(it, looks)) };
}

/** A lane with its figures, a second old at most. */
export async function stateOf(lane: Lane, { lanes, workers }: QueueLooks): Promise<LaneState> {
  const { model, class: priority } = lane;
  const serving = workers.count(model);
  return {
    lane: laneName(lane),
    model,
    priority,
    ...laneFigures(await lanes.get(lane), serving),
    workers: { ...serving, slots: workers.slots(model) },
  };
}

/** Names of the lanes that a caller may look at. */
export async function visibleLanes(caller: Caller, looks: QueueLooks): Promise<readonly Lane[]> {
  const { registry, lanes } = looks;
  const usable = registry.versions
    .filter((version) => mayUse(caller, version))
    .flatMap(({ id }) => jobClasses.map((jobClass): Lane => ({ model: id, class: jobClass })));
  if (!grants(caller, "operator")) return usable;
  const known = new Set(usable.map(laneName));
  const others = [...(await lanes.names())].filter((name) => !known.has(name)).map(parseLane);
  return [...usable, ...others.filter(({ model }) => covers(caller, model))];
}

/** Of what no version in the folder has, only lanes that still hold something, or are paused. */
function isShown({ model, depth, paused, priority }: LaneState, { registry }: QueueLooks): boolean {
  const isKnown = registry.versions.some(({ id }) => id === model);
  return depth > 0 || paused !== null || (isKnown && priority !== "shadow");
}

/**
 * The lane that a name in a path means.
 *
 * @throws {ScoringError} `not_found` when there is none, `forbidden` when the caller may not use its model
 */
export async function findLane(name: string, caller: Caller, looks: QueueLooks): Promise<Lane> {
  const lane = laneOf(name);
  if (lane === undefined) throw noSuchLane(name);
  if (!covers(caller, lane.model)) throw notUsable(caller, lane.model);
  const isOfVersion = looks.registry.versions.some(({ id }) => id === lane.model);
  if (isOfVersion || (await looks.lanes.names()).has(name)) return lane;
  throw noSuchLane(name);
}

function laneOf(name: string): Lane | undefined {
  const isLane = laneClasses.some((laneClass) => name.endsWith(`.${laneClass}`));
  return isLane && name.indexOf(".") > 0 ? parseLane(name) : undefined;
}

function noSuchLane(name: string): ScoringError {
  const message = `There is no lane ${name.slice(0, 100)}; GET /v1/queue lists them.`;
  return new ScoringError("not_found", message);
}
