import type { Context } from "hono";
import { z } from "zod";
import type { BatchView } from "../../shared/batch/fields.ts";
import type { NewBatch } from "../../shared/batch/record.ts";
import type { Definition } from "../../shared/endpoint/definition.ts";
import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { fault, ScoringError } from "../../shared/error.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { NewReplay } from "../../shared/replay/record.ts";
import { createReplay as createRecord, keepsInputs } from "../../shared/replay/replays.ts";
import { callerOf, demandRun, usableClass, usableVersion, type Caller } from "../access/caller.ts";
import { contractDifference } from "../endpoints/contract-difference.ts";
import { rowDifference } from "../endpoints/row-difference.ts";
import { nameOf, noSuchEndpoint } from "../endpoints/operations.ts";
import { jsonAnswer } from "../http/answers.ts";
import { orGone, ownId } from "../http/gone.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { parseBody, parseWith } from "../http/parse-json.ts";
import { readBody } from "../http/read-body.ts";
import { refuseArchived } from "../models/refuse-archived.ts";
import { demandEndpoint } from "../routing/planner.ts";
import { replayPath } from "./replay-json.ts";
import { shownReplay } from "./get-replay.ts";
import type { ReplayServices } from "./services.ts";

const BODY_BYTES_MAX = 4096;
/** For what the courier does behind the end of the candidate's batch. */
const MARGIN_SECONDS = 86_400;

export const newReplaySchema = z
  .strictObject({
    batch: z.string().describe("A batch of yours that was made with `keep_inputs`, and is closed."),
    model: z.string().optional().describe("The version to try: `name@version`."),
    variant: z.string().optional().describe("Or a variant or shadow of the endpoint."),
  })
  .refine(({ model, variant }) => (model === undefined) !== (variant === undefined), {
    error: "needs either `model` or `variant`",
  });

type Wanted = z.output<typeof newReplaySchema>;

/**
 * `POST /v1/endpoints/{name}/replays`: has another version score the items of a batch. The courier copies
 * them into a batch of their own, and compares the results once both have ended.
 */
export const createReplay: Handler<ReplayServices> = async (c, services) => {
  const { batches, memory, workers } = services;
  const wanted = parseBody(newReplaySchema, await readBody(c, BODY_BYTES_MAX));
  const caller = callerOf(c);
  const endpoint = await endpointOf(c, services);
  const candidate = candidateOf(wanted, endpoint, caller, services);
  const live = await batchOf(wanted, caller, services);
  const version = comparable(live, candidate, services);
  refuseArchived(candidate);
  workers.refuseUnavailable(candidate.id);
  memory.check();
  const { batch, replay } = planned({ live, version, candidate, endpoint, caller }, services);
  await batches.create(batch);
  const { windowMs, retentionSeconds } = batch.limits;
  const boundSeconds = Math.ceil(windowMs / 1000) + retentionSeconds + MARGIN_SECONDS;
  await batches.ask(createRecord, replay, boundSeconds);
  const shown = await shownReplay(replay.id, services);
  return jsonAnswer(shown, 202, { location: replayPath(replay) });
};

async function endpointOf(c: Context, { endpoints }: ReplayServices): Promise<Endpoint> {
  const endpoint = await endpoints.read(nameOf(c));
  if (endpoint === undefined) throw noSuchEndpoint(nameOf(c));
  demandEndpoint(callerOf(c), endpoint);
  return endpoint;
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

/** @throws {ScoringError} unless it is one of the caller's tenant that can be replayed */
async function batchOf(wanted: Wanted, caller: Caller, { batches, ids }: ReplayServices) {
  const id = ownId("batch", wanted.batch, caller.tenant, ids);
  const live = orGone("batch", await batches.read(id), caller.tenant);
  demandRun(caller, { model: live.model, class: "bulk" });
  if (live.closedAtMs === undefined) throw notReplayable("The batch is not closed yet.");
  if (await batches.ask(keepsInputs, id)) return live;
  throw notReplayable("The batch was made without `keep_inputs`.");
}

function notReplayable(message: string): ScoringError {
  return new ScoringError("batch_not_replayable", message);
}

/**
 * Items go to the candidate as they were packed for the live version.
 *
 * @returns the live version
 * @throws {ScoringError} `invalid_input` when the candidate takes another input, or packs it otherwise
 */
function comparable(
  live: BatchView,
  candidate: ModelVersion,
  { registry, contracts }: ReplayServices,
): ModelVersion {
  const version = registry.find(live.model);
  if (version === undefined) {
    throw fault("invalid_input", "/batch", `was scored by ${live.model}, which is not there now`);
  }
  const contract = contracts.of(candidate);
  const difference =
    contractDifference(contracts.of(version), contract) ??
    rowDifference(version.manifest, candidate.manifest);
  if (difference !== undefined) {
    const detail = `${candidate.id} cannot score items of ${version.id}: ${difference}`;
    throw fault("invalid_input", "/model", detail);
  }
  parseWith(contract.parameters, JSON.parse(live.parameters), "/batch/parameters");
  return version;
}

interface Known {
  readonly live: BatchView;
  readonly version: ModelVersion;
  readonly candidate: ModelVersion;
  readonly endpoint: Endpoint;
  readonly caller: Caller;
}

function planned(
  { live, version, candidate, endpoint, caller }: Known,
  { ids, clock, batchTerms, quota: { laneBytes, tenantBytes } }: ReplayServices,
): { readonly batch: NewBatch; readonly replay: NewReplay } {
  const { tenant } = caller;
  const id = ids.create("rep", tenant, clock.now());
  const { retentionSeconds } = live.limits;
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
    items: live.counts.total,
    laneBytes,
    tenantBytes,
    retentionSeconds,
  };
  return { batch, replay };
}
