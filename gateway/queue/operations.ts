import { json, jsonBody, routes, streamAnswers } from "../http/openapi/operation.ts";
import { pathParameter } from "../http/openapi/parameters.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import { pauseQueue, purgeQueue, resumeQueue } from "./control.ts";
import { queueHistory, type HistoryServices } from "./history.ts";
import { listQueue, queueEvents, type QueueEventServices } from "./lists.ts";
import {
  laneListSchema,
  laneStateSchema,
  queueHistorySchema,
  pauseSchema,
  purgeJsonSchema,
  retryFailedSchema,
  retryJsonSchema,
  type LaneList,
  type LaneState,
  type PurgeJson,
  type QueueHistory,
  type RetryJson,
} from "./queue-schema.ts";
import { retryFailed, type RetryFailedServices } from "./retry-failed.ts";

const lane = {
  lane: "faq-javascript@1.interactive",
  model: "faq-javascript@1",
  priority: "interactive",
  load: 44,
  depth: 44,
  waiting: 12,
  running: 32,
  oldest_age_ms: 41,
  arrival_rate: 310.5,
  end_rate: 305.2,
  estimated_wait_ms: 40,
  paused: null,
  workers: { ready: 1, starting: 0, slots: 2 },
} satisfies LaneState;

const paused = {
  ...lane,
  load: 0,
  waiting: 44,
  running: 0,
  end_rate: null,
  estimated_wait_ms: null,
  paused: { since: "2026-11-30T08:00:00.000Z", refuse: false },
} satisfies LaneState;

const list = { object: "list", data: [lane] } satisfies LaneList;

const stream = [
  "retry: 2000",
  "",
  "id: 1",
  "event: status",
  `data: ${JSON.stringify(list)}`,
  "",
  "",
];

const purged = {
  object: "purge",
  lane: lane.lane,
  jobs: 44,
  items: 0,
  has_more: false,
} satisfies PurgeJson;

const retried = {
  object: "retry",
  retried: 17,
  gone: 0,
  refused: 0,
  until: "2026-11-30T09:00:00.000Z",
  next_cursor: null,
} satisfies RetryJson;

const past = {
  object: "queue_history",
  step_ms: 10_000,
  until: "2026-11-30T09:00:00.000Z",
  data: [
    {
      lane: lane.lane,
      depth: [null, 12, 44],
      running: [null, 12, 32],
      arrival_rate: [null, null, 310.5],
      end_rate: [null, null, 305.2],
      paused: [false, false, false],
    },
  ],
} satisfies QueueHistory;

const laneParameter = pathParameter("lane", "A lane, as `GET /v1/queue` names it.", lane.lane);

const common = { tag: "Queue", scope: "operator" } as const;
/** It has no end, after which nothing more would follow. */
const { 204: _, ...streaming } = streamAnswers(stream.join("\n"));

const route = routes(common);
const ofLane = routes({ ...common, parameters: [laneParameter] });

/** The lanes: how they are doing, and what an operator does with them. */
export const queueRoom: Room<RetryFailedServices & QueueEventServices & HistoryServices> = {
  answers: {
    Lane: laneStateSchema,
    LaneList: laneListSchema,
    QueueHistory: queueHistorySchema,
    Purge: purgeJsonSchema,
    Retry: retryJsonSchema,
  },
  bodies: { PauseLane: pauseSchema, RetryFailed: retryFailedSchema },
  operations: [
    route.get("/v1/queue", listQueue, {
      scope: "any",
      summary: "All lanes of the models that your key may use",
      description:
        "At most a second old. An operator also sees those of shadows, and of versions that are " +
        "no longer there.",
      answers: { 200: json("The lanes.", "LaneList", { list }) },
    }),
    route.get("/v1/queue/events", queueEvents, {
      scope: "any",
      summary: "The lanes now, and then as they change",
      description:
        "Server-sent events: `status` with the list, at most once a second. It has no end of its own.",
      answers: streaming,
    }),
    route.get("/v1/queue/history", queueHistory, {
      scope: "any",
      summary: "The lanes over the last hour",
      description:
        "A step every ten seconds, 360 of them, of which the example has three. A courier writes them.",
      answers: { 200: json("The lanes that were not at rest.", "QueueHistory", { past }) },
    }),
    route.post("/v1/queue/retry-failed", retryFailed, {
      summary: "Retry the jobs of all tenants that failed since a time",
      description:
        "As their next attempts, with their own inputs. It looks at all jobs that are kept; what " +
        "one request does not reach the next does, with `next_cursor`. What fails again after the " +
        "first request is left alone.",
      body: jsonBody("RetryFailed", { day: { since: "2026-11-30T08:00:00Z" } }),
      answers: { 200: json("How many are queued again.", "Retry", { retried }) },
      fails: ["not_found", ...BAD_BODY],
    }),
    ofLane.post("/v1/queue/{lane}/pause", pauseQueue, {
      summary: "Pause a lane",
      description:
        "Its jobs wait: no worker takes any until you resume it, their time to start stands still, " +
        "and autoscalers see an empty lane. What runs ends. Repeat it to change `refuse`.",
      body: { ...jsonBody("PauseLane", { refuse: { refuse: true } }), required: false },
      answers: { 200: json("The lane, paused.", "Lane", { paused }) },
      fails: ["not_found", ...BAD_BODY],
    }),
    ofLane.post("/v1/queue/{lane}/resume", resumeQueue, {
      summary: "Let a paused lane go on",
      answers: { 200: json("The lane.", "Lane", { lane }) },
      fails: ["not_found"],
    }),
    ofLane.post("/v1/queue/{lane}/purge", purgeQueue, {
      summary: "Cancel everything that waits in a lane",
      description:
        "Jobs of all tenants, and items of batches, that came before it and that no worker has. " +
        "Webhooks are told as of any cancel. What is canceled can be retried while it is kept.",
      answers: { 200: json("How many were canceled.", "Purge", { purged }) },
      fails: ["not_found"],
    }),
  ],
};
