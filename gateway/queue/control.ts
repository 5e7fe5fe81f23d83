import type { Context } from "hono";
import { ScoringError, toProblem } from "../../shared/error.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { pauseLane, resumeLane, type Pause } from "../../shared/lane/pause.ts";
import type { Shifts } from "../../shared/lane/shifts.ts";
import type { Logger } from "../../shared/log.ts";
import { purgeLane } from "../../shared/pack/purge.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { asking, type Ask } from "../../shared/redis/reach.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { audit } from "../access/audit.ts";
import { callerOf } from "../access/caller.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { GatewayMetrics } from "../http/metrics.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { parseBody } from "../http/parse-json.ts";
import { readBody } from "../http/read-body.ts";
import { pauseSchema, type PurgeJson } from "./queue-schema.ts";
import { findLane, stateOf, type QueueLooks } from "./queue-view.ts";

const BODY_BYTES_MAX = 4096;
/** How long one request may purge, in ms: proxies give up on what is silent. */
const PURGE_MS = 10_000;

/** What an operator does with lanes: calls into `shared`, with their errors as ours. */
export class QueueControl {
  readonly #shifts: Shifts;
  readonly #ask: Ask;

  constructor(redis: Redis, shifts: Shifts) {
    this.#shifts = shifts;
    this.#ask = asking(redis, "The queue cannot be reached at the moment.");
  }

  async pause(lane: Lane, refuses: boolean): ReturnType<typeof pauseLane> {
    return this.#ask(pauseLane, lane, refuses);
  }

  async resume(lane: Lane): ReturnType<typeof resumeLane> {
    return this.#ask(resumeLane, lane, this.#shifts);
  }

  async purge(lane: Lane, logger: Logger): ReturnType<typeof purgeLane> {
    const onBroken = (packs: number): void => {
      logger.error({ lane: laneName(lane), packs }, "packs whose record is broken were dropped");
    };
    return this.#ask(purgeLane, { lane, problem: PURGED, budgetMs: PURGE_MS, onBroken });
  }
}

const PURGED = JSON.stringify(
  toProblem(new ScoringError("canceled", "An operator purged the queue that the job waited in.")),
);

export interface ControlServices extends QueueLooks {
  readonly control: QueueControl;
  readonly logger: Logger;
  readonly metrics: Pick<GatewayMetrics, "jobEnded">;
}

/** `POST /v1/queue/{lane}/pause`: a lane that is paused stays so, and may be told to refuse, or not to. */
export const pauseQueue: Handler<ControlServices> = async (c, services) => {
  const lane = await laneOf(c, services);
  const body = await readBody(c, BODY_BYTES_MAX);
  const { refuse } = body.length === 0 ? { refuse: false } : parseBody(pauseSchema, body);
  const { before, after } = await services.control.pause(lane, refuse);
  const of = { lane: laneName(lane) };
  const change = { of, before: factsOf(before), after: factsOf(after) };
  audit(services.logger, callerOf(c), "lane paused", change);
  return answer(lane, services);
};

/** `POST /v1/queue/{lane}/resume`: one that is not paused stays as it is. */
export const resumeQueue: Handler<ControlServices> = async (c, services) => {
  const lane = await laneOf(c, services);
  const before = await services.control.resume(lane);
  if (before !== undefined) {
    const of = { lane: laneName(lane) };
    const change = { of, before: factsOf(before), after: undefined };
    audit(services.logger, callerOf(c), "lane resumed", change);
  }
  return answer(lane, services);
};

/** `POST /v1/queue/{lane}/purge`: ends what waits in it as canceled; what runs goes on. */
export const purgeQueue: Handler<ControlServices> = async (c, services) => {
  const { control, logger, metrics, lanes } = services;
  const lane = await laneOf(c, services);
  const { jobs, items, hasMore } = await control.purge(lane, logger);
  metrics.jobEnded({ lane, outcome: { status: "canceled", code: "canceled" } }, jobs);
  const of = { lane: laneName(lane) };
  audit(logger, callerOf(c), "lane purged", { of, before: { jobs, items }, after: undefined });
  lanes.forget(lane);
  const body: PurgeJson = { object: "purge", ...of, jobs, items, has_more: hasMore };
  return jsonAnswer(body);
};

async function laneOf(c: Context, services: ControlServices): Promise<Lane> {
  return findLane(c.req.param("lane") ?? "", callerOf(c), services);
}

async function answer(lane: Lane, services: ControlServices): Promise<Response> {
  services.lanes.forget(lane);
  return jsonAnswer(await stateOf(lane, services));
}

/** What an audit line says of a pause. */
function factsOf(pause: Pause | undefined): object | undefined {
  return pause && { since: rfc3339(pause.sinceMs), refuse: pause.refuses };
}
