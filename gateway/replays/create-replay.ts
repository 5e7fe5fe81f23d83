import type { Context } from "hono";
import { z } from "zod";
import type { BatchView } from "../../shared/batch/fields.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import type { Definition } from "../../shared/endpoint/definition.ts";
import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { fault, ScoringError } from "../../shared/error.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { NewReplay } from "../../shared/replay/record.ts";
import {
  createReplay as createRecord,
  eraseReplay,
  keepsInputs,
} from "../../shared/replay/replays.ts";
import { callerOf, demandRun, usableClass, usableVersion, type Caller } from "../access/caller.ts";
import { fill } from "../batches/create-batch.ts";
import { inQuery } from "../batches/upload/query-head.ts";
import { readItems } from "../batches/upload/source.ts";
import { contractDifference } from "../endpoints/contract-difference.ts";
import { rowDifference } from "../endpoints/row-difference.ts";
import { endpointIn } from "../endpoints/operations.ts";
import { jsonAnswer } from "../http/answers.ts";
import { orGone, ownId } from "../http/gone.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { parseBody, parseWith } from "../http/parse-json.ts";
import { readQuery } from "../http/query.ts";
import { mediaTypeOf, readBody } from "../http/read-body.ts";
import { refuseArchived } from "../models/refuse-archived.ts";
import { replayPath } from "./replay-json.ts";
import { shownReplay } from "./get-replay.ts";
import type { ReplayServices } from "./services.ts";

const BODY_BYTES_MAX = 4096;
/** For what the courier does behind the end of the candidate's batch. */
const MARGIN_SECONDS = 86_400;

const candidateMembers = {
  model: z.string().optional().describe("The version to try: `name@version`."),
  variant: z.string().optional().describe("Or a variant or shadow of the endpoint."),
};

/** The candidate. */
interface Wanted {
  readonly model?: string | undefined;
  readonly variant?: string | undefined;
}

const hasOne = ({ model, variant }: Wanted): boolean =>
  (model === undefined) !== (variant === undefined);
const ONE = { error: "needs either `model` or `variant`" };
const ONE_IN_QUERY = {
  error: "is needed, or ?variant= in its place",
  path: ["model"],
};

export const newReplaySchema = z
  .strictObject({
    batch: z.string().describe("A batch of yours that was made with `keep_inputs`."),
    ...candidateMembers,
  })
  .refine(hasOne, ONE);

/** The query of a request whose body has the items. */
export const replayQuerySchema = z.strictObject(candidateMembers);

/**
 * `POST /v1/endpoints/{name}/replays`: has another version score the items of a batch. The courier copies
 * them into a batch of their own, and compares the results once both have ended. Items that come with the request
 * become a batch of the default variant first.
 */
export const createReplay: Handler<ReplayServices> = async (c, services) =>
  mediaTypeOf(c) === "application/json" ? ofBatch(c, services) : ofItems(c, services);

async function ofBatch(c: Context, services: ReplayServices): Promise<Response> {
  const { batch, ...wanted } = parseBody(newReplaySchema, await readBody(c, BODY_BYTES_MAX));
  const caller = callerOf(c);
  const endpoint = await endpointIn(c, services.endpoints);
  const candidate = candidateOf(wanted, endpoint, caller, services);
  const live = await batchOf(batch, caller, services);
  const version = scorerOf(live, services);
  refuseUnfit({ version, candidate, parameters: live.parameters }, services);
  const { id, parameters, counts, limits } = live;
  const { retentionSeconds } = limits;
  const of = { id, parameters, retentionSeconds, items: counts.total };
  const plan = planned({ live: of, version, candidate, endpoint, caller }, services);
  await begin(plan, services);
  return answer(plan, services);
}

/** All that can be refused before the items are read is. */
async function ofItems(c: Context, services: ReplayServices): Promise<Response> {
  const { batches, batchTerms, bodies, contracts, ids, clock } = services;
  const wanted = readQuery(replayQuerySchema.refine(hasOne, ONE_IN_QUERY), c.req.query());
  const caller = callerOf(c);
  const endpoint = await endpointIn(c, services.endpoints);
  const version = usableVersion(caller, services.registry, defaultOf(endpoint.definition));
  const parameters = JSON.stringify(parseWith(contracts.of(version).parameters, {}, ""));
  const candidate = await inQuery(() => {
    const named = candidateOf(wanted, endpoint, caller, services);
    refuseUnfit({ version, candidate: named, parameters }, services);
    return named;
  });
  refuseArchived(version);
  services.workers.refuseUnavailable(version.id);
  const items = await readItems(c, { bodies, ...batchTerms });
  const id = ids.create("bat", caller.tenant, clock.now());
  const retentionSeconds = Math.ceil(batchTerms.retentionMs / 1000);
  const live = { id, parameters, retentionSeconds, items: 0 };
  const plan = planned({ live, version, candidate, endpoint, caller }, services);
  const batch: NewBatch = { ...plan.batch, id, model: version.id, keepsInputs: true };
  await batches.create(batch);
  try {
    await begin(plan, services);
    await fill({ batch, items, version, isLenient: false }, services);
  } catch (error) {
    // Nobody has heard of it.
    await batches.ask(eraseReplay, plan.replay.id, caller.tenant);
    for (const made of [batch, plan.batch]) await batches.abandon(made);
    throw error;
  }
  return answer(plan, services);
}

/** The candidate's batch, and what the courier goes by. */
interface Plan {
  readonly batch: NewBatch;
  readonly replay: NewReplay;
}

async function begin({ batch, replay }: Plan, { batches }: ReplayServices): Promise<void> {
  await batches.create(batch);
  const { windowMs, retentionSeconds } = batch.limits;
  const boundSeconds = Math.ceil(windowMs / 1000) + retentionSeconds + MARGIN_SECONDS;
  await batches.ask(createRecord, replay, boundSeconds);
}

async function answer({ replay }: Plan, services: ReplayServices): Promise<Response> {
  const shown = await shownReplay(replay.id, services);
  return jsonAnswer(shown, 202, { location: replayPath(replay) });
}

/** @throws {ScoringError} unless there is such a version, and the caller may use it */
function candidateOf(
  { model, variant }: Wanted,
  { definition }: Endpoint,
  caller: Caller,
  { registry }: ReplayServices,
): ModelVersion {
  if (model !== undefined) return usableVersion(caller, registry, model);
  const named = modelOf(definition, variant);
  if (named !== undefined) return usableVersion(caller, registry, named);
  throw fault("invalid_input", "/variant", "is no variant or shadow of the endpoint");
}

function modelOf({ variants, shadows }: Definition, wanted?: string): string | undefined {
  return [...variants, ...shadows].find(({ name }) => name === wanted)?.model;
}

function defaultOf({ variants, default: name }: Definition): string {
  const found = variants.find((variant) => variant.name === name);
  if (found === undefined) throw new TypeError(`no variant has the name ${name}`);
  return found.model;
}

/** @throws {ScoringError} unless it is one of the caller's tenant that can be replayed */
async function batchOf(wanted: string, caller: Caller, { batches, ids }: ReplayServices) {
  const id = ownId("batch", wanted, caller.tenant, ids);
  const live = orGone("batch", await batches.read(id), caller.tenant);
  demandRun(caller, { model: live.model, class: "bulk" });
  if (live.closedAtMs === undefined && live.status !== "validating") {
    throw notReplayable("The batch ended before it was closed.");
  }
  if (await batches.ask(keepsInputs, id)) return live;
  throw notReplayable("The batch was made without `keep_inputs`.");
}

function notReplayable(message: string): ScoringError {
  return new ScoringError("batch_not_replayable", message);
}

/** @throws {ScoringError} when the version that scored it is not there any more */
function scorerOf({ model }: BatchView, { registry }: ReplayServices): ModelVersion {
  const version = registry.find(model);
  if (version !== undefined) return version;
  throw fault("invalid_input", "/batch", `was scored by ${model}, which is not there now`);
}

interface Fitting {
  /** The live one. */
  readonly version: ModelVersion;
  readonly candidate: ModelVersion;
  /** Of the batch, JSON. */
  readonly parameters: string;
}

/**
 * Items go to the candidate as they were packed for the live version.
 *
 * @throws {ScoringError} `invalid_input` when the candidate takes another input, or packs it otherwise
 */
function refuseUnfit(
  { version, candidate, parameters }: Fitting,
  { contracts, memory, workers }: ReplayServices,
): void {
  const contract = contracts.of(candidate);
  const difference =
    contractDifference(contracts.of(version), contract) ??
    rowDifference(version.manifest, candidate.manifest);
  if (difference !== undefined) {
    const detail = `${candidate.id} cannot score items of ${version.id}: ${difference}`;
    throw fault("invalid_input", "/model", detail);
  }
  parseWith(contract.parameters, JSON.parse(parameters), "/batch/parameters");
  refuseArchived(candidate);
  workers.refuseUnavailable(candidate.id);
  memory.check();
}

interface Known {
  readonly live: Pick<BatchView, "id" | "parameters"> &
    Pick<NewReplay, "items" | "retentionSeconds">;
  readonly version: ModelVersion;
  readonly candidate: ModelVersion;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
}

function planned(
  { live, version, candidate, endpoint, caller }: Known,
  { ids, clock, batchTerms, quota: { laneBytes, tenantBytes } }: ReplayServices,
): Plan {
  const { tenant } = caller;
  const id = ids.create("rep", tenant, clock.now());
  const { retentionSeconds } = live;
  const batch: NewBatch = {
    id: ids.create("bat", tenant, clock.now()),
    model: candidate.id,
    class: usableClass(caller, "bulk"),
    tenant,
    parameters: live.parameters,
    metadata: JSON.stringify({ replay: id }),
    limits: { windowMs: batchTerms.windowMs, retentionSeconds, maxFailed: undefined },
    webhook: undefined,
    sinkAbove: batchTerms.sinkAbove,
    isEager: false,
    keepsInputs: false,
    idempotency: undefined,
  };
  const replay: NewReplay = {
    id,
    tenant,
    endpoint: endpoint.name,
    batch: live.id,
    live: version.id,
    candidateBatch: batch.id,
    candidate: candidate.id,
    pipeline: version.manifest.pipeline.type,
    items: live.items,
    laneBytes,
    tenantBytes,
    retentionSeconds,
  };
  return { batch, replay };
}
