import { randomFillSync } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** By what all that comes of a request is found again. */
export interface RequestTrace {
  /** `X-Request-Id`. */
  readonly requestId: string;
  /** W3C Trace Context, version 00. */
  readonly traceparent: string;
  /** What of them the client sent, packed; undefined: nothing, and its job keeps nothing. */
  readonly sent: string | undefined;
}

/** What a job or a batch keeps of them. */
export interface KeptTrace {
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  /** What tracing systems on the way have added to the client's `traceparent`; none without one. */
  readonly tracestate?: string | undefined;
  /** The client sent no `traceparent`: this one is a span of ours, and goes to nobody else. */
  readonly isOurs: boolean;
}

/** What proxies and libraries make ids of; a longer one, or one of other characters, is replaced. */
const REQUEST_ID = /^[\w.:/+=@~-]{1,128}$/;
/** Ids of zeros stand for none, and version ff for nothing. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;
const TRACEPARENT_LENGTH = 55;
/** Printable, as long as everybody has to take it; no more of it is read, since we add nothing. */
const TRACESTATE = /^[!-~](?:[ -~]{0,510}[!-~])?$/;
const TRACE_ID = [3, 35] as const;

/**
 * What the headers of a request say, and something new for what they do not say, or say wrong.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export function requestTraceOf(headers: IncomingHttpHeaders): RequestTrace {
  const id = headers["x-request-id"];
  const requestId = typeof id === "string" && REQUEST_ID.test(id) ? id : undefined;
  const traceparent = readTraceparent(headers["traceparent"]);
  const isSent = requestId !== undefined || traceparent !== undefined;
  const tracestate = traceparent && readTracestate(headers["tracestate"]);
  const sent = isSent
    ? packTrace({ requestId, traceparent, tracestate, isOurs: false })
    : undefined;
  if (requestId !== undefined && traceparent !== undefined) return { requestId, traceparent, sent };
  const digits = randomDigits();
  const traceId = digits.slice(0, 32);
  return {
    requestId: requestId ?? traceId,
    // Not sampled: nobody records a trace that begins here.
    traceparent: traceparent ?? `00-${traceId}-${digits.slice(32)}-00`,
    sent,
  };
}

/** Of a later version what version 00 has; undefined for what is none. */
function readTraceparent(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value !== "string" || !TRACEPARENT.test(value)) return undefined;
  if (value.length === TRACEPARENT_LENGTH && value.startsWith("00")) return value;
  return value.startsWith("00") ? undefined : `00${value.slice(2, TRACEPARENT_LENGTH)}`;
}

/** Undefined for what may not be passed on: that is left out whole. */
function readTracestate(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" && TRACESTATE.test(value) ? value : undefined;
}

/**
 * As records hold it: `<traceparent> <request id>`, either may be missing, with `~` in front of ours and
 * ` <tracestate>` behind what has one.
 */
export function packTrace(trace: KeptTrace): string {
  const { requestId = "", traceparent = "", tracestate, isOurs } = trace;
  const state = tracestate === undefined ? "" : ` ${tracestate}`;
  return `${isOurs ? "~" : ""}${traceparent} ${requestId}${state}`;
}

/** @param text made by `packTrace` */
export function unpackTrace(text: string): KeptTrace {
  const isOurs = text.startsWith("~");
  const [traceparent, requestId, ...states] = text.slice(isOurs ? 1 : 0).split(" ");
  return {
    requestId: requestId || undefined,
    traceparent: traceparent || undefined,
    ...(states.length > 0 && { tracestate: states.join(" ") }),
    isOurs,
  };
}

/** The last digit of a `traceparent` of which spans are recorded. */
const SAMPLED = /[13579bdf]$/;

/** The `traceparent` of something of which spans are recorded. @param text made by `packTrace` */
export function recordedTraceparent(text: string | undefined): string | undefined {
  const traceparent = text === undefined ? undefined : unpackTrace(text).traceparent;
  return traceparent !== undefined && SAMPLED.test(traceparent) ? traceparent : undefined;
}

/**
 * What is sent along with word of a job: what its client sent.
 *
 * @param text made by `packTrace`
 * @param span the `traceparent` of what is being recorded of it, in place of the one that is kept
 */
export function traceHeaders(
  text: string | undefined,
  span?: string,
): Readonly<Record<string, string>> {
  if (text === undefined) return {};
  const { requestId, traceparent, tracestate, isOurs } = unpackTrace(text);
  return {
    ...(requestId !== undefined && { "x-request-id": requestId }),
    ...(traceparent !== undefined && !isOurs && { traceparent: span ?? traceparent }),
    ...(tracestate !== undefined && { tracestate }),
  };
}

/** Fields of a log line. */
export interface TraceFields {
  readonly requestId?: string;
  readonly traceId?: string;
}

/** The same, for a log line about a job. @param text made by `packTrace` */
export function traceFields(text: string | undefined): TraceFields {
  return text === undefined ? {} : fieldsOf(unpackTrace(text));
}

/** Of a request. */
export function fieldsOf({
  requestId,
  traceparent,
}: Pick<KeptTrace, "requestId" | "traceparent">): TraceFields {
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceparent === undefined ? {} : { traceId: traceparent.slice(...TRACE_ID) }),
  };
}

/** Of a trace id and a span id. */
const RANDOM_DIGITS = 48;
/** Drawn for many at a time: asking for one costs as much. */
const pool = Buffer.alloc((RANDOM_DIGITS / 2) * 256);
let drawn = "";
let used = 0;

function randomDigits(): string {
  if (used === drawn.length) {
    drawn = randomFillSync(pool).toString("hex");
    used = 0;
  }
  used += RANDOM_DIGITS;
  return drawn.slice(used - RANDOM_DIGITS, used);
}
