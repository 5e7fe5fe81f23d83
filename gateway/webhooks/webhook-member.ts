import { z } from "zod";
import { fault } from "../../shared/error.ts";
import {
  eventTypes,
  subscribable,
  typesNamed,
  type EventType,
} from "../../shared/webhook/event-types.ts";
import {
  adHocTarget,
  includes,
  type Include,
  type Subscription,
} from "../../shared/webhook/subscription.ts";
import { urlFault, type ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";

/** Event types by any of their words; said twice is said once. */
export const eventsSchema = z
  .array(z.enum(subscribable))
  .max(subscribable.length)
  .describe(
    "`job.completed` means all four outcomes of a job; `completed` also the end of a batch.",
  );

export const includeSchema = z
  .enum(includes)
  .describe(
    "`full`: with the output, up to 256 KB; `thin`: without; `auto`: full up to 20 KB, else thin.",
  );

/** A receiver; what is allowed of it is the operator's to say. */
export const urlSchema = z.string().meta({ format: "uri" });

/** The member `webhook` of a create request, for jobs and batches alike. */
export const webhookSchema = z
  .strictObject({
    url: urlSchema.optional().describe("The receiver's URL, which need not be registered."),
    endpoint: z.string().max(100).optional().describe("Or a registered endpoint, `whk_…`."),
    events: eventsSchema.optional(),
    include: includeSchema.default("auto"),
  })
  .describe("Receiver to call, in addition to endpoints that listen to the same events.");

export type WebhookRequest = z.infer<typeof webhookSchema>;

/** What events there are of. */
export type EventKind = "job" | "batch";

/** What a new job or batch wants called, before its endpoint has been looked up. */
export interface WantedWebhook {
  readonly url: string | undefined;
  readonly endpoint: string | undefined;
  readonly events: readonly EventType[];
  readonly include: Include;
}

/**
 * @param kind what is created: events of the other kind never come, and asking for them is a slip
 * @param pointer of the member
 * @throws {ScoringError} `invalid_input`, `webhook_url_rejected`
 */
export function readWebhook(
  request: WebhookRequest,
  kind: EventKind,
  policy: ReceiverPolicy,
  pointer = "/webhook",
): WantedWebhook {
  const { url, endpoint, events = [`${kind}.completed`], include } = request;
  if ((url === undefined) === (endpoint === undefined)) {
    throw fault("invalid_input", pointer, "Send either `url` or `endpoint`.");
  }
  if (url !== undefined) checkUrl(url, policy, `${pointer}/url`);
  const types = readEvents(events).filter((type) => type.startsWith(kind));
  if (types.length > 0) return { url, endpoint, events: types, include };
  throw fault("invalid_input", `${pointer}/events`, `has no event of a ${kind}`);
}

/** @throws {ScoringError} `webhook_url_rejected` */
export function checkUrl(url: string, policy: ReceiverPolicy, pointer: string): void {
  const why = urlFault(url, policy);
  if (why !== undefined) throw fault("webhook_url_rejected", pointer, why);
}

/** @param words of the schema @returns each type once */
export function readEvents(words: readonly string[]): readonly EventType[] {
  const named = new Set(words.flatMap((word) => typesNamed(word) ?? []));
  return eventTypes.filter((type) => named.has(type));
}

/** The subscription of a record of this tenant. */
export function subscriptionOf(
  { url, endpoint, events, include }: WantedWebhook,
  tenant: string,
): Subscription {
  return { target: endpoint ?? adHocTarget(tenant, url ?? ""), url, events, include };
}
