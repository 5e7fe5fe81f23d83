import { z } from "zod";
import { fault } from "../../shared/error.ts";
import type { EndpointTerms } from "../../shared/webhook/endpoints.ts";
import { secretFault } from "../../shared/webhook/secret.ts";
import type { ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import { cappedRecord } from "../http/capped.ts";
import { parseBody } from "../http/parse-json.ts";
import { checkUrl, eventsSchema, includeSchema, readEvents, urlSchema } from "./webhook-member.ts";

const HEADERS_MAX = 16;
const ATTEMPTS_MAX = 20;
/** Longest pause before an attempt, and longest overlap of two secrets, in ms: 24 h, 7 days. */
const PAUSE_MS_MAX = 86_400_000;
const OVERLAP_MS_MAX = 604_800_000;
const OVERLAP_MS_DEFAULT = 86_400_000;

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i;
/** Those that say what the message is, or how it travels, are not for owners to set. */
const OWN_HEADERS =
  /^(?:webhook-.*|host|content-.*|connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade|user-agent|proxy-.*)$/i;

const members = {
  url: urlSchema.describe("The receiver's URL."),
  description: z.string().max(200).describe("A note for people."),
  events: eventsSchema,
  include: includeSchema,
  enabled: z.boolean().describe("Whether messages are sent there."),
  headers: cappedRecord(
    z.record(
      z.string(),
      z
        .string()
        .max(1024)
        .regex(/^[\t -~]*$/, "is not visible ASCII"),
    ),
    HEADERS_MAX,
  )
    .superRefine((headers, context) => {
      const names = Object.keys(headers);
      for (const name of names) {
        const message = headerFault(name, names);
        if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
      }
    })
    .describe("Sent with every message; answers show only the names."),
  schedule_ms: z
    .array(z.int().min(0).max(PAUSE_MS_MAX))
    .min(1)
    .max(ATTEMPTS_MAX)
    .nullable()
    .describe("Delay before each attempt in ms, one entry per attempt; null for the default ten."),
};

/** The members of a request for a new endpoint. */
export const createEndpointSchema = z.strictObject({
  url: members.url,
  description: members.description.default(""),
  events: members.events.default(["job.completed", "batch.completed"]),
  include: members.include.default("auto"),
  enabled: members.enabled.default(true),
  headers: members.headers.default({}),
  schedule_ms: members.schedule_ms.default(null),
  secret: z
    .string()
    .max(200)
    .optional()
    .describe("Your own secret, `whsec_` and base64 of 24 to 64 bytes; otherwise one is created."),
});

/** What may be changed, each by itself. */
export const patchEndpointSchema = z.strictObject(members).partial();

const overlapSchema = z
  .int()
  .min(0)
  .max(OVERLAP_MS_MAX)
  .default(OVERLAP_MS_DEFAULT)
  .describe("How long the previous secret signs as well; default: 24 h, at most 7 days.");

/** The members of a request for another secret; the body may be left out. */
export const rotateSecretSchema = z.strictObject({ overlap_ms: overlapSchema });

export interface NewEndpoint {
  readonly terms: EndpointTerms;
  readonly secret: string | undefined;
}

/** @throws {ScoringError} `invalid_json`, `invalid_input`, `unknown_field`, `webhook_url_rejected` */
export function readNewEndpoint(body: Buffer, policy: ReceiverPolicy): NewEndpoint {
  const { url, enabled, secret, ...given } = parseBody(createEndpointSchema, body);
  checkUrl(url, policy, "/url");
  const why = secret === undefined ? undefined : secretFault(secret);
  if (why !== undefined) throw fault("invalid_input", "/secret", why);
  const terms = {
    url,
    description: given.description,
    events: readEvents(given.events),
    include: given.include,
    headers: lowerCase(given.headers),
    scheduleMs: given.schedule_ms ?? undefined,
    disabled: enabled ? undefined : ("owner" as const),
  };
  return { terms, secret };
}

/** @returns what is there with what is changed; throws as `readNewEndpoint` */
export function readEndpointChange(
  body: Buffer,
  before: EndpointTerms,
  policy: ReceiverPolicy,
): EndpointTerms {
  const {
    url,
    enabled,
    events,
    headers,
    schedule_ms: schedule,
    ...given
  } = parseBody(patchEndpointSchema, body);
  if (url !== undefined) checkUrl(url, policy, "/url");
  const disabled = enabled === false ? (before.disabled ?? "owner") : undefined;
  return {
    url: url ?? before.url,
    description: given.description ?? before.description,
    events: events === undefined ? before.events : readEvents(events),
    include: given.include ?? before.include,
    headers: headers === undefined ? before.headers : lowerCase(headers),
    scheduleMs: schedule === undefined ? before.scheduleMs : (schedule ?? undefined),
    disabled: enabled === undefined ? before.disabled : disabled,
  };
}

/** @returns ms @throws {ScoringError} `invalid_json`, `invalid_input`, `unknown_field` */
export function readOverlap(body: Buffer): number {
  return body.length === 0 ? OVERLAP_MS_DEFAULT : parseBody(rotateSecretSchema, body).overlap_ms;
}

/** What is wrong with the name of a header. @param names of all of them */
function headerFault(name: string, names: readonly string[]): string | undefined {
  if (!HEADER_NAME.test(name)) return "is not a header name";
  if (OWN_HEADERS.test(name)) return "is reserved: the message or the transport sets it";
  const isTwice = names.some((one) => one !== name && one.toLowerCase() === name.toLowerCase());
  return isTwice ? "appears twice: header names are case-insensitive" : undefined;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
