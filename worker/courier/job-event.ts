import { earlierAttempts, jobText, timeText, type JobMoment } from "../../shared/job/job-text.ts";
import { isTerminal, type JobView } from "../../shared/job/view.ts";
import type { DeliveryHead } from "../../shared/webhook/delivery.ts";
import type { Include } from "../../shared/webhook/subscription.ts";

/** Up to so many bytes of body, `auto` is the whole record; the specification's advice is 20 KB. */
const AUTO_BYTES_MAX = 20 * 1024;
/** Beyond it `full` is thin as well: receivers cap what they read. */
const FULL_BYTES_MAX = 256 * 1024;

/**
 * The body of an event as JSON text: type, time, and its data. With what is large, unless it is too
 * large for what was asked for.
 *
 * @param thin data without what may be large, as JSON text
 * @param full data with it
 */
export function eventBody(
  delivery: Pick<DeliveryHead, "type" | "createdAtMs" | "include">,
  thin: string,
  full: string,
): string {
  const head = `{"type":"${delivery.type}","timestamp":${timeText(delivery.createdAtMs)},"data":`;
  const whole = `${head}${full}}`;
  const isFull = Buffer.byteLength(whole) <= eventBytesMax(delivery.include);
  return isFull ? whole : `${head}${thin}}`;
}

/** Bytes of a body with what is large in it. */
export function eventBytesMax(include: Include): number {
  return BYTES_MAX[include];
}

const BYTES_MAX: Readonly<Record<Include, number>> = {
  auto: AUTO_BYTES_MAX,
  full: FULL_BYTES_MAX,
  thin: 0,
};

/**
 * What a receiver is told of a job, byte for byte the same at every attempt: the job as
 * `GET /v1/jobs/{id}` gives it, without what goes on changing (`expires_at`, `queue`, `phase`,
 * `deadline_at`, earlier attempts, the state of webhooks).
 *
 * @returns undefined when the record no longer knows the attempt that the event is about
 */
export function jobEventBody(delivery: DeliveryHead, job: JobView): string | undefined {
  const moment = momentOf(delivery, job);
  if (moment === undefined) return undefined;
  const thin = jobText(job, moment, { hasOutput: false });
  // An output that was not read has no room.
  const isRead = moment.largeOutput === undefined;
  return eventBody(delivery, thin, isRead ? jobText(job, moment, { hasOutput: true }) : thin);
}

/** The test event of an endpoint. */
export function pingBody(delivery: DeliveryHead): string {
  const data = JSON.stringify({ id: delivery.resource, object: "webhook_endpoint" });
  return eventBody(delivery, data, data);
}

const NO_OUTPUT = { output: undefined, largeOutput: undefined };

function momentOf(
  { type, attempt = 1, createdAtMs }: DeliveryHead,
  job: JobView,
): JobMoment | undefined {
  if (type === "job.started" || type === "job.progress") {
    const nothing = { ...NO_OUTPUT, error: undefined, metrics: undefined };
    const times = { startedAtMs: createdAtMs, endedAtMs: undefined };
    return { status: "running", attempt, ...nothing, ...times };
  }
  if (isTerminal(job.status) && job.attempt === attempt) return job;
  return earlierEnds(job.history).find((one) => one.attempt === attempt);
}

function earlierEnds(history: string | undefined): readonly JobMoment[] {
  return earlierAttempts(history).map(({ attempt, status, error, metrics = null, ...times }) => ({
    attempt,
    status,
    ...NO_OUTPUT,
    error: JSON.stringify(error),
    metrics: JSON.stringify(metrics),
    startedAtMs: times.started_at_ms ?? undefined,
    endedAtMs: times.completed_at_ms,
  }));
}
