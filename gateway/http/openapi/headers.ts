/**
 * Every header that answers carry beside those of HTTP itself, by the name of its component; true
 * when it is always there where it is listed.
 */
const HEADERS = {
  "Cache-Control": [true, "`no-store`: answers are of this moment.", "no-store"],
  PageCacheControl: [true, "`no-cache`: it is asked after each time, by its `ETag`.", "no-cache"],
  "Content-Security-Policy": [
    true,
    "A browser that shows it loads nothing but what /docs needs, and nobody may frame it.",
    "default-src 'none'; frame-ancestors 'none'",
  ],
  "X-Content-Type-Options": [true, "`nosniff`.", "nosniff"],
  "X-Request-Id": [
    true,
    "The request's own where it is valid, else a new one; our logs have it.",
    "4bf92f3577b34da6a3ce929d0e0e4736",
  ],
  traceparent: [
    true,
    "W3C Trace Context: the request's own where it is valid, else a new one.",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  ],
  "Referrer-Policy": [true, "`no-referrer`.", "no-referrer"],
  Location: [true, "The job.", "/v1/jobs/job_01m7z2a28nec097t69kvhhq4z1"],
  WebhookEndpointLocation: [
    true,
    "The endpoint.",
    "/v1/webhook-endpoints/whk_01m7z2a28nec097t69kvhhq4z1",
  ],
  EndpointLocation: [false, "The endpoint, where it was made.", "/v1/endpoints/faq"],
  ReplayLocation: [true, "The replay.", "/v1/endpoints/faq/replays/rep_01m7z2a28nec097t69kvhhq4z1"],
  EndpointETag: [true, "Its revision; send it back as `If-Match`.", '"17"'],
  DeliveryLocation: [true, "The delivery.", "/v1/deliveries/evt_01m7z2a28nec097t69kvhhq4z1"],
  BatchLocation: [true, "The batch.", "/v1/batches/bat_01m7z2a28nec097t69kvhhq4z1"],
  KeyLocation: [true, "The key.", "/v1/keys/key_01m7z2a28nec097t69kvhhq4z1"],
  "WWW-Authenticate": [true, "How to say who asks (RFC 6750).", 'Bearer realm="scoreline"'],
  ScopeChallenge: [
    false,
    "The scope that the key lacks (RFC 6750).",
    'Bearer realm="scoreline", error="insufficient_scope", scope="jobs:write"',
  ],
  JobLocation: [false, "The job that this is about.", "/v1/jobs/job_01m7z2a28nec097t69kvhhq4z1"],
  "Scoreline-Job": [false, "The job that the request became.", "job_01m7z2a28nec097t69kvhhq4z1"],
  "Retry-After": [false, "When to ask again, in seconds.", 2],
  "Preference-Applied": [false, "What of `Prefer` was granted.", "wait=30"],
  ETag: [false, "Changes with the job's course; send it back as `If-None-Match`.", '"1-queued"'],
  BatchETag: [
    true,
    "Changes with the batch's status and counts; send it back as `If-None-Match`.",
    '"bat_01m7z2a28nec097t69kvhhq4z1-completed-1-3-0-3-0-0-0"',
  ],
  PageETag: [
    true,
    "Changes with the page; send it back as `If-None-Match`.",
    '"fTec8JunIre07d_SEYEBLgVC9k72bD6AZWvwF6lUazI"',
  ],
  IndexETag: [
    false,
    "Of the page, for browsers; send it back as `If-None-Match`.",
    '"fTec8JunIre07d_SEYEBLgVC9k72bD6AZWvwF6lUazI"',
  ],
  IndexReferrerPolicy: [false, "`no-referrer`, with the page.", "no-referrer"],
  "Server-Timing": [
    false,
    "The job's durations in ms, once it has run.",
    "queue;dur=3, batch;dur=0, decode;dur=0.21, inference;dur=1.14, total;dur=7",
  ],
  "Idempotent-Replayed": [false, "`true` when an earlier request made this job, or batch.", "true"],
  RateLimit: [
    false,
    "What is left: of the key's or the strangers' budget of requests, or of the limit that refused it.",
    '"tenant-outstanding";r=0',
  ],
  "RateLimit-Policy": [
    false,
    "The key's or the strangers' budget of requests, or the limit that refused it.",
    '"tenant-outstanding";q=10000;qu="jobs"',
  ],
  "X-Accel-Buffering": [false, "`no` on events: proxies send them on one by one.", "no"],
  Link: [false, 'The next page, as `rel="next"`; absent on the last.', '</v1/jobs>; rel="next"'],
} as const satisfies Record<string, readonly [required: boolean, description: string, unknown]>;

export type HeaderName = keyof typeof HEADERS;

/** Components of the document, by the header's name. */
export function headerComponents(): object {
  return Object.fromEntries(
    Object.entries(HEADERS).map(([name, [required, description, example]]) => [
      name,
      {
        description,
        ...(required ? { required } : {}),
        schema: { type: typeof example === "number" ? "integer" : "string" },
        example,
      },
    ]),
  );
}

/** Headers that mean something else, or may be missing, in some answers. */
const OTHER_NAMES: Partial<Record<HeaderName, string>> = {
  BatchLocation: "Location",
  BatchETag: "ETag",
  PageCacheControl: "Cache-Control",
  PageETag: "ETag",
  IndexETag: "ETag",
  IndexReferrerPolicy: "Referrer-Policy",
  JobLocation: "Location",
  KeyLocation: "Location",
  WebhookEndpointLocation: "Location",
  EndpointLocation: "Location",
  ReplayLocation: "Location",
  EndpointETag: "ETag",
  DeliveryLocation: "Location",
  ScopeChallenge: "WWW-Authenticate",
};

/** What every answer says, whatever it is. */
export const ALWAYS = [
  "X-Content-Type-Options",
  "Content-Security-Policy",
  "X-Request-Id",
  "traceparent",
] as const;

/** The headers of one answer. */
export function headers(names: readonly HeaderName[]): object {
  return Object.fromEntries(
    names.map((name) => [OTHER_NAMES[name] ?? name, { $ref: `#/components/headers/${name}` }]),
  );
}
