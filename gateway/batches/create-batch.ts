import type { Context } from "hono";
import { chunkRows } from "../../shared/batch/chunk-size.ts";
import type { BatchView } from "../../shared/batch/fields.ts";
import { hasEnded, type NewBatch } from "../../shared/batch/record.ts";
import { ScoringError, fault } from "../../shared/error.ts";
import { findBound } from "../../shared/job/idempotency.ts";
import type { Idempotency } from "../../shared/job/new-job.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { isLenient, preferenceOf, type Preference } from "../http/prefer.ts";
import { traceOf } from "../http/request-trace.ts";
import { idempotencyOf, readIdempotencyKey } from "../http/idempotency-key.ts";
import { callerOf, usableClass, type Caller } from "../access/caller.ts";
import { askedOf, asWritten } from "../routing/asked.ts";
import { orGone } from "../http/gone.ts";
import { truthFaults } from "../models/truths.ts";
import { refuseArchived } from "../models/refuse-archived.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { packSubscription } from "../../shared/webhook/subscription.ts";
import { readWebhook } from "../webhooks/webhook-member.ts";
import { parseWith } from "../http/parse-json.ts";
import { batchAnswer } from "./batch-answer.ts";
import { Chunker } from "./upload/chunker.ts";
import { CustomIds } from "./upload/custom-ids.ts";
import { inQuery } from "./upload/query-head.ts";
import { readSource, type BatchSource, type StreamItems } from "./upload/source.ts";
import { upload } from "./upload/upload.ts";
import { waitForBatch } from "./get-batch.ts";
import type { BatchServices, BatchTerms } from "./services.ts";

/** What waits for a batch, and answers with it. */
export type Waits = Pick<BatchServices, "batches" | "batchWaiter" | "waits">;

const ROUTE = "POST /v1/batches";

/**
 * `POST /v1/batches`: makes a batch, appends what comes with it and closes it; without items it
 * stays open for uploads. What is at fault takes the whole batch back; an upload that breaks off
 * under a key leaves it open, to be resumed.
 */
export const createBatch: Handler<BatchServices> = async (c, services) => {
  const { planner, batches, batchTerms, bodies, memory } = services;
  const preference = preferenceOf(c, services.waits);
  const key = readIdempotencyKey(c.req.header("idempotency-key"));
  const lenient = isLenient(c.req.header("prefer"));
  const source = await readSource(c, { bodies, ...batchTerms });
  const caller = callerOf(c);
  // All of its items are scored by one variant: chunks are of one lane.
  const asked = askedOf(c, source.request.model);
  const { version } = planner.plan(caller, asked);
  const idempotency = bindingOf(key, source, caller.tenant, asWritten(asked));
  // A repeat finds its batch, whatever has become of the version since.
  if (version.isArchived && !(await isBound(idempotency, batches))) refuseArchived(version);
  services.workers.refuseUnavailable(version.id);
  memory.check();
  // No line of it can refuse the others, and it cannot be resumed.
  const isEager = lenient && key === undefined && source.items !== undefined;
  const trace = traceOf(c.env).sent;
  const origin = { source, version, caller, idempotency, isEager, trace };
  const make = async () => newBatch(origin, services);
  const batch = await (source.pointer === undefined ? inQuery(make) : make());
  const bound = await batches.create(batch);
  if (bound !== undefined) return replay(c, bound, preference, services);
  if (source.items === undefined) {
    const open = orGone("batch", await batches.read(batch.id), caller.tenant);
    return batchAnswer(open, 202, { preference, location: true });
  }
  await fill({ batch, items: source.items, version, isLenient: lenient }, services);
  return waitFor(c, batch.id, preference, services);
};

function bindingOf(
  key: string | undefined,
  { fingerprint }: BatchSource,
  tenant: string,
  model: string,
): Idempotency | undefined {
  if (key === undefined) return undefined;
  return idempotencyOf({ tenant, route: ROUTE, key, model, content: [fingerprint] });
}

async function isBound(
  idempotency: Idempotency | undefined,
  batches: BatchServices["batches"],
): Promise<boolean> {
  if (idempotency === undefined) return false;
  const [bound] = await batches.ask(findBound, [idempotency]);
  return bound !== undefined;
}

export interface Filling {
  readonly batch: NewBatch;
  readonly items: StreamItems;
  readonly version: ModelVersion;
  readonly isLenient: boolean;
}

/**
 * Appends items to a batch that was just made, and closes it.
 *
 * @throws {ScoringError} naming what is at fault, after the batch was taken back
 */
export async function fill(
  { batch, items, version, ...how }: Filling,
  services: Pick<BatchServices, "batches" | "contracts" | "registry">,
): Promise<void> {
  const { batches, contracts, registry } = services;
  const reader = {
    contract: contracts.of(version),
    customIds: new CustomIds(),
    truthFault: truthFaults(version, registry),
    ...how,
  };
  const open = orGone("batch", await batches.read(batch.id), batch.tenant);
  const { max_batch_size: batchRows } = version.manifest.batching;
  try {
    const chunker = new Chunker(batchRows, await batches.ask(chunkRows, open, batchRows));
    const received = await upload(items(reader, 0), open, chunker, batches);
    if (received === 0) throw fault("invalid_input", "", "There are no items.");
  } catch (error) {
    if (!(error instanceof ScoringError)) {
      // Without a key nobody can come back for it: its id was never told.
      if (batch.idempotency === undefined) await batches.abandon(batch);
      throw error;
    }
    if (error.code === "service_unavailable") throw resumable(error, batch.id);
    // It was canceled, or ends since too many items failed: what there is of it is the answer.
    if (error.code === "batch_not_open" && batch.isEager) return;
    await batches.abandon(batch);
    throw error;
  }
  await batches.move({ ...open, id: batch.id }, "close").catch((error: unknown) => {
    throw error instanceof ScoringError ? resumable(error, batch.id) : error;
  });
}

/** What was received is kept: the client resumes the upload. */
function resumable(error: ScoringError, id: string): ScoringError {
  const { code, message, faults, members, cause } = error;
  const more = { ...members, batch_id: id };
  return new ScoringError(code, message, { faults, members: more, cause });
}

/** The batch that the key is bound to, as it is now; one that is still open can be resumed. */
async function replay(
  c: Context,
  id: string,
  preference: Preference,
  services: Waits,
): Promise<Response> {
  const batch = orGone("batch", await services.batches.read(id), callerOf(c).tenant);
  const isOpen = batch.status === "validating";
  const reply = isOpen
    ? batchAnswer(batch, 202, { preference, location: true })
    : await waitFor(c, id, preference, services);
  reply.headers.set("idempotent-replayed", "true");
  return reply;
}

/** The batch once it or the wait has ended. */
export async function waitFor(
  c: Context,
  id: string,
  preference: Preference,
  services: Waits,
): Promise<Response> {
  const found = await waitForBatch(c, id, preference.waitMs, services);
  const batch = orGone("batch", found, callerOf(c).tenant);
  const status = hasEnded(batch.status) ? 200 : 202;
  const results = status === 200 ? await inlineResults(batch, services.batches) : undefined;
  return batchAnswer(batch, status, { preference, location: true, results });
}

/** Items that an answer may hold. */
const INLINE_ITEMS_MAX = 64;

async function inlineResults(
  batch: BatchView,
  batches: BatchServices["batches"],
): Promise<readonly string[] | undefined> {
  if (batch.counts.total > INLINE_ITEMS_MAX) return undefined;
  const numbers = Array.from({ length: batch.chunks }, (_, number) => number);
  const chunks = await batches.results(batch.id, numbers);
  return chunks.flatMap(({ lines }) => lines ?? []);
}

interface BatchOrigin {
  readonly source: BatchSource;
  readonly version: ModelVersion;
  readonly caller: Caller;
  readonly idempotency: Idempotency | undefined;
  /** Its items are scored as they come. */
  readonly isEager: boolean;
  /** What its client sent to find it again by. */
  readonly trace: string | undefined;
}

/** @throws {ScoringError} naming what is at fault */
async function newBatch(
  { source, version, caller, idempotency, isEager, trace }: BatchOrigin,
  { ids, clock, batchTerms, receivers, webhooks, contracts }: BatchServices,
): Promise<NewBatch> {
  const { request, pointer = "" } = source;
  const schema = contracts.of(version).parameters;
  const parameters = parseWith(schema, request.parameters ?? {}, `${pointer}/parameters`);
  const wanted =
    request.webhook && readWebhook(request.webhook, "batch", receivers, `${pointer}/webhook`);
  const subscription = await webhooks.subscribe(wanted, caller.tenant);
  const retentionMs = request.retention_ms ?? batchTerms.retentionMs;
  return {
    id: ids.create("bat", caller.tenant, clock.now()),
    model: version.id,
    class: usableClass(caller, request.priority ?? "bulk"),
    tenant: caller.tenant,
    parameters: JSON.stringify(parameters),
    metadata: request.metadata === undefined ? undefined : JSON.stringify(request.metadata),
    limits: {
      windowMs: request.completion_window_ms ?? batchTerms.windowMs,
      retentionSeconds: Math.ceil(retentionMs / 1000),
      maxFailed: request.max_failed,
    },
    webhook: subscription && packSubscription(subscription),
    trace,
    sinkAbove: sinkAbove(request.sink, batchTerms, `${pointer}/sink`),
    isEager,
    keepsInputs: request.keep_inputs ?? false,
    idempotency,
  };
}

/** @param wanted what the client says of it @throws {ScoringError} `invalid_input` */
function sinkAbove(
  wanted: boolean | undefined,
  terms: BatchTerms,
  pointer: string,
): number | undefined {
  if (wanted === undefined) return terms.sinkAbove;
  if (!wanted) return undefined;
  if (terms.sinkAbove !== undefined) return 0;
  throw fault("invalid_input", pointer, "cannot be true: this gateway has no folder for results");
}
