import type { Context } from "hono";
import { z } from "zod";
import { compareSchema } from "../../shared/endpoint/verdict/settings.ts";
import { ScoringError } from "../../shared/error.ts";
import { LOST } from "../../shared/job/view.ts";
import { workKeys as keys } from "../../shared/redis/keys.ts";
import { listIds } from "../../shared/redis/listing.ts";
import { isOver, type Replay } from "../../shared/replay/record.ts";
import { eraseReplay, readReplay, readReport } from "../../shared/replay/replays.ts";
import { callerOf } from "../access/caller.ts";
import { nameOf } from "../endpoints/operations.ts";
import { jsonAnswer } from "../http/answers.ts";
import { goneError, orGone, ownId } from "../http/gone.ts";
import { listAnswer } from "../http/list-answer.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { preferenceOf } from "../http/prefer.ts";
import { listMembers, readQuery } from "../http/query.ts";
import { replayJson, type ReplayJson } from "./replay-json.ts";
import type { ReplayServices, SoughtReplay } from "./services.ts";

type Shows = Pick<ReplayServices, "batches" | "endpoints" | "dataSet">;

/** `GET /v1/endpoints/{name}/replays/{id}`: the replay as it is, or once it is over. */
export const getReplay: Handler<
  Shows & Pick<ReplayServices, "ids" | "replayWaiter" | "waits">
> = async (c, services) => {
  const { replayWaiter, waits } = services;
  const id = idOf(c, services);
  const { waitMs, applied } = preferenceOf(c, waits);
  const read = async (): Promise<SoughtReplay> => sought(id, services);
  const found = await replayWaiter.follow(id, { read, waitMs, signal: c.req.raw.signal });
  const replay = own(c, found);
  const headers = applied === undefined ? {} : { "preference-applied": applied };
  return jsonAnswer(await withReport(replay, services), 200, headers);
};

/** The query of `GET /v1/endpoints/{name}/replays`. */
export const replayListQuerySchema = z.strictObject(listMembers);

/** `GET /v1/endpoints/{name}/replays`: those of the caller's tenant, newest first. */
export const listReplays: Handler<Shows> = async (c, services) => {
  const { batches } = services;
  const query = readQuery(replayListQuerySchema, c.req.query());
  const { tenant } = callerOf(c);
  const endpoint = nameOf(c);
  return listAnswer<Shown>(c, query, {
    prefix: "rep",
    list: async (window) => batches.ask(listIds, keys.replays(tenant), window),
    read: async (ids) => Promise.all(ids.map(async (id) => shownIfOf(endpoint, id, services))),
    isAskedFor: () => true,
    show: ({ text }) => text,
  });
};

/** `DELETE /v1/endpoints/{name}/replays/{id}`: erases it, and cancels what is still being scored for it. */
export const deleteReplay: Handler<Shows & Pick<ReplayServices, "ids">> = async (c, services) => {
  const id = idOf(c, services);
  const { batches } = services;
  const { tenant } = callerOf(c);
  const found = await sought(id, services);
  if (typeof found === "object") {
    const { candidateBatch } = own(c, found);
    await batches.ask(eraseReplay, id, tenant);
    await batches.move({ id: candidateBatch, tenant, attempt: 1 }, "cancel");
  } else if (found === undefined || found === LOST) throw goneError("replay", found);
  return new Response(null, { status: 204 });
};

/** Whether there is nothing to wait for. */
export function isReplaySettled(found: SoughtReplay): boolean {
  return typeof found !== "object" || isOver(found.status);
}

/** What was made a moment ago. */
export async function shownReplay(id: string, services: Shows): Promise<ReplayJson> {
  const replay = await sought(id, services);
  if (typeof replay === "object") return withReport(replay, services);
  throw goneError("replay", replay);
}

interface Shown {
  readonly text: string;
}

async function shownIfOf(
  endpoint: string,
  id: string,
  services: Shows,
): Promise<Shown | undefined> {
  const replay = await sought(id, services);
  if (typeof replay !== "object" || replay.endpoint !== endpoint) return undefined;
  return { text: JSON.stringify(await withReport(replay, services)) };
}

function idOf(c: Context, { ids }: Pick<ReplayServices, "ids">): string {
  return ownId("replay", c.req.param("id") ?? "", callerOf(c).tenant, ids);
}

/** @throws {ScoringError} unless it is the caller's, of the endpoint in the path */
function own(c: Context, found: SoughtReplay): Replay {
  const { tenant } = callerOf(c);
  const replay = orGone("replay", found, tenant);
  if (replay.endpoint === nameOf(c)) return replay;
  throw new ScoringError("not_found", "The endpoint has no such replay.");
}

async function sought(id: string, { batches, dataSet }: Shows): Promise<SoughtReplay> {
  const found = await batches.ask(readReplay, id);
  return found ?? (dataSet.wasLost(id) ? LOST : undefined);
}

/** Judged by what the endpoint wants now. */
async function withReport(replay: Replay, { batches, endpoints }: Shows): Promise<ReplayJson> {
  const [report, endpoint, batch] = await Promise.all([
    batches.ask(readReport, replay.id),
    endpoints.read(replay.endpoint),
    // It may be open: items still come.
    replay.status === "copying" ? batches.read(replay.batch) : undefined,
  ]);
  const items = typeof batch === "object" ? batch.counts.total : replay.items;
  return replayJson(
    { ...replay, items },
    report,
    endpoint?.definition.compare ?? compareSchema.parse({}),
  );
}
