import { failpoint } from "../../shared/failpoint.ts";
import {
  recordAttempt,
  type Attempted,
  type ClaimedDelivery,
} from "../../shared/webhook/deliveries.ts";
import {
  withAttempt,
  type DeathReason,
  type DeliveryAttempt,
  type DeliveryHead,
} from "../../shared/webhook/delivery.ts";
import { shownFailure } from "../../shared/webhook/failure.ts";
import { DEFAULT_SCHEDULE_MS, delayBeforeMs } from "../../shared/webhook/schedule.ts";
import { signatureOf } from "../../shared/webhook/signature.ts";
import type { ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import { readEndpoint, tenantSecrets } from "../../shared/webhook/endpoints.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { traceFields, traceHeaders, unpackTrace } from "../../shared/trace.ts";
import type { Span, Tracer } from "../../shared/tracing/tracer.ts";
import { activeSecrets, type TimedSecret } from "../../shared/webhook/secret.ts";
import { bodyOf, type BodyStores, type Told } from "./bodies.ts";
import type { CourierMetrics, DeliveryOutcome } from "./metrics.ts";
import { POST_LIMITS, postWebhook, type PostEnd } from "./post-webhook.ts";

export interface AttemptOptions extends BodyStores {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: ReceiverPolicy;
  /** For one attempt, in ms. */
  readonly timeoutMs: number;
  /** 1; less makes schedules and the time until an endpoint is disabled shorter: for tests. */
  readonly timeScale: number;
  readonly metrics: Pick<CourierMetrics, "attempted">;
  /** What records spans of deliveries; undefined: nothing does. */
  readonly tracer?: Tracer | undefined;
}

const CONNECT_SHARE = 1 / 3;
/** An endpoint that has only failed for so long is disabled: 5 days. */
const DISABLE_AFTER_MS = 432_000_000;
const GONE = 410;
/** Statuses that say when to come again. */
const MAY_ASK_FOR_TIME = new Set([429, 503]);

/** Sends a delivery once, and writes down how that ended. @throws when Redis cannot be asked */
export async function attempt(delivery: ClaimedDelivery, options: AttemptOptions): Promise<void> {
  const { redis, clock } = options;
  const receiver = await receiverOf(redis, delivery, clock.now());
  if (typeof receiver === "string") return giveUp(delivery, receiver, options);
  const body = await bodyOf(options, delivery);
  if ("reason" in body) return giveUp(delivery, body.reason, options);
  const beganMs = clock.now();
  const span = spanOf(delivery, body, options);
  const headers = traceHeaders(body.trace, span?.traceparent);
  const end = await post(delivery, { ...receiver, traced: headers }, body.text, options);
  endSpan(span, end);
  failpoint("delivery posted");
  const verdict = verdictOf(end, delivery, receiver, options);
  const log = withAttempt(delivery.log, entryOf(end, beganMs));
  const lastStatus = end.kind === "answered" ? end.status : undefined;
  await record({ ...verdict, delivery, log, lastStatus }, options);
  options.metrics.attempted(delivery.type, outcomeOf(verdict), end.latencyMs / 1000);
  tell(end, delivery, { ...options, trace: body.trace });
}

/** A span of an attempt to tell of what has a trace that is recorded. */
function spanOf(
  { id, type, attempts }: ClaimedDelivery,
  { trace }: Told,
  { tracer }: AttemptOptions,
): Span | undefined {
  const parent = trace === undefined ? undefined : unpackTrace(trace).traceparent;
  if (parent === undefined) return undefined;
  const facts = { "scoreline.delivery.id": id, "scoreline.event": type, attempt: attempts + 1 };
  const span = tracer?.begin({ name: "deliver", parent, facts });
  return span?.isRecorded === true ? span : undefined;
}

function endSpan(span: Span | undefined, end: PostEnd): void {
  if (end.kind === "failed") return span?.end({}, end.code);
  const isTaken = end.status >= 200 && end.status < 300;
  span?.end({ "http.response.status_code": end.status }, isTaken ? undefined : "not taken");
}

function outcomeOf({ outcome, waitMs }: Pick<Attempted, "outcome" | "waitMs">): DeliveryOutcome {
  if (outcome === "ok") return "delivered";
  return waitMs === undefined ? "dead" : "retried";
}

/** There is nobody to send it to, or nothing to send. */
async function giveUp(
  delivery: ClaimedDelivery,
  reason: DeathReason,
  options: AttemptOptions,
): Promise<void> {
  options.logger.info({ delivery: delivery.id, reason }, "webhook given up");
  const none = { outcome: "none", waitMs: undefined, lastStatus: undefined } as const;
  await record({ ...none, delivery, reason, log: delivery.log }, options);
  options.metrics.attempted(delivery.type, "dead", undefined);
}

async function post(
  { id }: ClaimedDelivery,
  { url, secrets, headers, traced }: Receiver & { readonly traced: Receiver["headers"] },
  body: string,
  { clock, policy, timeoutMs }: AttemptOptions,
): Promise<PostEnd> {
  // Of this attempt: receivers refuse what was signed long ago.
  const timestampSeconds = Math.floor(clock.now() / 1000);
  const own = {
    ...traced,
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": signatureOf(secrets, { id, timestampSeconds, body }),
  };
  const connectMs = Math.min(POST_LIMITS.connectMs, Math.ceil(timeoutMs * CONNECT_SHARE));
  const limits = { ...POST_LIMITS, connectMs, totalMs: timeoutMs };
  return postWebhook({ url, body, headers: { ...headers, ...own } }, { policy, limits });
}

/** What becomes of the delivery. */
function verdictOf(
  end: PostEnd,
  { attempts, attemptsBefore }: ClaimedDelivery,
  { scheduleMs }: Receiver,
  { timeScale: scale }: AttemptOptions,
): Pick<Attempted, "outcome" | "waitMs" | "reason"> {
  const status = end.kind === "answered" ? end.status : 0;
  const last = { waitMs: undefined, reason: "exhausted" } as const;
  if (status >= 200 && status < 300) return { ...last, outcome: "ok" };
  if (status === GONE) return { ...last, outcome: "failed", reason: "gone" };
  const retryAfterMs =
    end.kind === "answered" && MAY_ASK_FOR_TIME.has(status) ? end.retryAfterMs : undefined;
  const pause = { scheduleMs, retryAfterMs, random: Math.random, scale };
  const waitMs = delayBeforeMs(attempts - attemptsBefore + 1, pause);
  return { outcome: "failed", waitMs, reason: "exhausted" };
}

/** What its owner may see of an attempt. */
function entryOf(end: PostEnd, beganMs: number): DeliveryAttempt {
  if (end.kind === "answered") {
    const { status, headers, latencyMs } = end;
    return { at_ms: beganMs, status, error: null, latency_ms: latencyMs, headers };
  }
  const { error, latencyMs } = shownFailure(end.code, end.latencyMs);
  return { at_ms: beganMs, status: null, error, latency_ms: latencyMs, headers: {} };
}

async function record(
  attempted: Omit<Attempted, "disableAfterMs">,
  { redis, logger, timeScale }: AttemptOptions,
): Promise<void> {
  const disableAfterMs = Math.round(DISABLE_AFTER_MS * timeScale);
  const verdict = await recordAttempt(redis, { ...attempted, disableAfterMs });
  const { id, target } = attempted.delivery;
  if (verdict === "disabled") logger.warn({ endpoint: target }, "webhook endpoint disabled");
  if (verdict === "late") logger.info({ delivery: id }, "webhook was also sent by another");
}

function tell(
  end: PostEnd,
  { id, target }: ClaimedDelivery,
  { logger, trace }: Pick<AttemptOptions, "logger"> & Pick<Told, "trace">,
): void {
  const facts = { delivery: id, target, ms: end.latencyMs, ...traceFields(trace) };
  if (end.kind === "failed") {
    const { code, detail } = end;
    return logger.info({ ...facts, code, detail }, "webhook not delivered");
  }
  const { status } = end;
  if (status >= 200 && status < 300) return logger.debug({ ...facts, status }, "webhook delivered");
  return logger.info({ ...facts, status }, "webhook not delivered");
}

/** Where a delivery goes, as of now. */
interface Receiver {
  readonly url: string;
  /** At least one, newest first. */
  readonly secrets: readonly string[];
  /** Of its owner, sent with every message. */
  readonly headers: Readonly<Record<string, string>>;
  readonly scheduleMs: readonly number[];
}

/** @returns why nothing is sent there, when nothing is */
async function receiverOf(
  redis: Redis,
  { target, tenant, url }: DeliveryHead,
  nowMs: number,
): Promise<Receiver | DeathReason> {
  if (url !== undefined) {
    const secrets = signing(await tenantSecrets(redis, tenant), nowMs);
    return { url, secrets, headers: {}, scheduleMs: DEFAULT_SCHEDULE_MS };
  }
  const endpoint = await readEndpoint(redis, target);
  if (endpoint === undefined || endpoint.tenant !== tenant) return "endpoint_deleted";
  if (endpoint.disabled !== undefined) return "endpoint_disabled";
  const { headers, scheduleMs = DEFAULT_SCHEDULE_MS } = endpoint;
  return { url: endpoint.url, secrets: signing(endpoint.secrets, nowMs), headers, scheduleMs };
}

function signing(secrets: readonly TimedSecret[], nowMs: number): readonly string[] {
  return activeSecrets(secrets, nowMs).map(({ secret }) => secret);
}
