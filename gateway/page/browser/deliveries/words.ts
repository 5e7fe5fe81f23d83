import type { DeliveryJson, EndpointJson, Redelivery } from "../../../webhooks/webhook-schema.ts";
import { several } from "../app/figures.ts";
import type { Standing } from "../pieces/tone.ts";

type Reason = NonNullable<DeliveryJson["reason"]>;

const REASONS: Readonly<Record<Reason, string>> = {
  exhausted: "every attempt failed",
  gone: "the receiver says it is gone (410)",
  endpoint_disabled: "the webhook endpoint is disabled",
  endpoint_deleted: "the webhook endpoint was deleted",
  resource_deleted: "what it tells of was deleted",
  resource_expired: "what it tells of is no longer kept",
};

/** Why a delivery was given up. */
export function reasonText(reason: Reason): string {
  return REASONS[reason];
}

/** How its receiver answered last, in words. */
export function lastAnswer({
  attempts,
  last_status: status,
}: Pick<DeliveryJson, "attempts" | "last_status">): string {
  if (attempts === 0) return "not tried yet";
  return status === null ? "no answer" : `answered ${status}`;
}

/** What became of a request to send dead letters again. */
export function redeliveryText({ redelivered, gone, has_more: hasMore }: Redelivery): string {
  return [
    redelivered === 0 && gone === 0
      ? "There are no dead letters from then."
      : `${several(redelivered, "dead letter")} sent again.`,
    ...(gone > 0 ? [`Of ${gone} what they tell of is no longer kept.`] : []),
    ...(hasMore ? ["There are more: send them again, too."] : []),
  ].join(" ");
}

/** How a webhook endpoint is, and whether that is bad. */
export function endpointStanding({
  enabled,
  disabled_reason: reason,
  failures,
}: Pick<EndpointJson, "enabled" | "disabled_reason" | "failures">): Standing {
  if (enabled) {
    return failures === 0
      ? ["good", "enabled"]
      : ["warn", `${several(failures, "failure")} in a row`];
  }
  if (reason === "gone") return ["bad", "disabled: it answered 410"];
  return reason === "failing"
    ? ["bad", "disabled: nothing succeeded for 5 days"]
    : ["plain", "disabled"];
}

const ENDS = ["job.succeeded", "job.failed", "job.canceled", "job.expired"];

/** What a webhook endpoint hears of; all ends of a job are one word, as requests may say it. */
export function eventsText(events: readonly string[]): string {
  const hasAll = ENDS.every((end) => events.includes(end));
  const others = events.filter((event) => !(hasAll && ENDS.includes(event)));
  return [...(hasAll ? ["job.completed"] : []), ...others].join(", ");
}

/** A URL for people: its host and path. */
export function shortUrl(url: string): string {
  return url.replace(/^https?:\/\//, "");
}

const HOUR_MS = 3_600_000;

/** Since when dead letters are sent again. */
export const SPANS = [
  { name: "the last hour", ms: HOUR_MS },
  { name: "the last day", ms: 24 * HOUR_MS },
  { name: "the last 30 days", ms: 720 * HOUR_MS },
] as const;
