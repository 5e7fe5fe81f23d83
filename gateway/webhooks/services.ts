import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import type { ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import type { WebhookStore } from "./webhook-store.ts";

/** What the routes of webhooks work with. */
export interface WebhookServices {
  readonly webhooks: WebhookStore;
  /** Which URLs webhooks may be sent to. */
  readonly receivers: ReceiverPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
}
