import { createHash } from "node:crypto";
import { callerOf } from "../access/caller.ts";
import { jsonAnswer } from "../http/answers.ts";
import { eventStream } from "../http/event-stream.ts";
import { hangUpOf } from "../http/hang-up.ts";
import type { Handler } from "../http/openapi/operation.ts";
import type { Waiter } from "../http/waiter.ts";
import type { LaneList } from "./queue-schema.ts";
import { listLanes, type QueueLooks } from "./queue-view.ts";

/** `GET /v1/queue`: all lanes that the caller sees. */
export const listQueue: Handler<QueueLooks> = async (c, services) =>
  jsonAnswer(await listLanes(callerOf(c), services));

export interface QueueEventServices extends QueueLooks {
  /** Wakes those that follow the lanes, every second or two. */
  readonly queueWaiter: Waiter<LaneList>;
}

/**
 * `GET /v1/queue/events`: the same again and again, as it changes. All who watch at one gateway share its looks, which
 * are a second apart.
 */
export const queueEvents: Handler<QueueEventServices> = (c, services) => {
  const caller = callerOf(c);
  return eventStream({
    id: EVERYTHING,
    waiter: services.queueWaiter,
    lastSeen: undefined,
    signal: hangUpOf(c),
    read: async () => listLanes(caller, services),
    describe: async (lanes) => {
      const data = JSON.stringify(lanes);
      return { event: "status", tag: tagOf(data), data };
    },
  });
};

/** The name under which all of them wait. */
const EVERYTHING = "queue";

function tagOf(text: string): string {
  return createHash("sha1").update(text).digest("base64url");
}
