import type { Clock } from "../../shared/clock.ts";
import { Kept } from "../../shared/kept.ts";
import { laneName, parseLane, type Lane } from "../../shared/lane.ts";
import { readHistory, SLOT_MS, type LaneHistory } from "../../shared/lane/history.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { reachOr } from "../../shared/redis/reach.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { callerOf } from "../access/caller.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Handler } from "../http/openapi/operation.ts";
import type { QueueHistory } from "./queue-schema.ts";
import { visibleLanes, type QueueLooks } from "./queue-view.ts";

const reach = reachOr("The queue cannot be reached at the moment.");

/** The last hour of each lane: read once in a slot of time, however many look. */
export class QueuePast {
  readonly #histories: Kept<LaneHistory | undefined>;
  readonly #clock: Clock;

  constructor(redis: Redis, clock: Clock) {
    const read = async (lane: string) => readHistory(redis, parseLane(lane), clock.now());
    this.#histories = new Kept(read, SLOT_MS / 2, () => clock.now());
    this.#clock = clock;
  }

  get nowMs(): number {
    return this.#clock.now();
  }

  /** @returns undefined when it was at rest @throws {ScoringError} `service_unavailable` */
  async of(lane: Lane): Promise<LaneHistory | undefined> {
    return reach(this.#histories.get(laneName(lane)));
  }
}

export interface HistoryServices extends QueueLooks {
  readonly queuePast: QueuePast;
}

/** `GET /v1/queue/history`: the lanes that the caller sees, over the last hour. */
export const queueHistory: Handler<HistoryServices> = async (c, services) => {
  const { queuePast } = services;
  const lanes = await visibleLanes(callerOf(c), services);
  const found = await Promise.all(
    lanes.map(async (lane) => ({ lane, past: await queuePast.of(lane) })),
  );
  const data = found.flatMap(({ lane, past }) =>
    past === undefined ? [] : [historyJson(lane, past)],
  );
  const until = rfc3339(Math.ceil(queuePast.nowMs / SLOT_MS) * SLOT_MS);
  const body: QueueHistory = { object: "queue_history", step_ms: SLOT_MS, until, data };
  return jsonAnswer(body);
};

function historyJson(lane: Lane, past: LaneHistory): QueueHistory["data"][number] {
  return {
    lane: laneName(lane),
    depth: [...past.depth],
    running: [...past.running],
    arrival_rate: past.arrivalRate.map(round),
    end_rate: past.endRate.map(round),
    paused: [...past.isPaused],
  };
}

function round(rate: number | null): number | null {
  return rate === null ? null : Math.round(rate * 1000) / 1000;
}
