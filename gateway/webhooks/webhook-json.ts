import { rfc3339 } from "../../shared/rfc3339.ts";
import type { DeliveryView } from "../../shared/webhook/delivery.ts";
import { activeSecrets, type TimedSecret } from "../../shared/webhook/secret.ts";
import type {
  DeliveryDetail,
  DeliveryJson,
  EndpointJson,
  WebhookSecret,
} from "./webhook-schema.ts";
import type { ShownEndpoint } from "./webhook-store.ts";

/** What may be shown of an endpoint: everything but its secrets and the values of its headers. */
export function endpointJson({ endpoint, health }: ShownEndpoint, nowMs: number): EndpointJson {
  const self = `/v1/webhook-endpoints/${endpoint.id}`;
  return {
    id: endpoint.id,
    object: "webhook_endpoint",
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events,
    include: endpoint.include,
    enabled: endpoint.disabled === undefined,
    disabled_reason: endpoint.disabled ?? null,
    disabled_at: rfc3339(endpoint.disabledAtMs),
    failing_since: rfc3339(health.failingSinceMs),
    failures: health.failures,
    schedule_ms: endpoint.scheduleMs ?? null,
    header_names: Object.keys(endpoint.headers),
    secrets: activeSecrets(endpoint.secrets, nowMs).length,
    created_at: rfc3339(endpoint.createdAtMs),
    urls: {
      self,
      ping: `${self}/ping`,
      rotate_secret: `${self}/rotate-secret`,
      deliveries: `/v1/deliveries?endpoint=${endpoint.id}`,
    },
  };
}

/** @param secrets newest first */
export function webhookSecretJson(secrets: readonly TimedSecret[], nowMs: number): WebhookSecret {
  const [newest, ...previous] = activeSecrets(secrets, nowMs);
  return {
    object: "webhook_secret",
    secret: newest?.secret ?? "",
    previous: previous.map(({ secret, expires_at_ms: end }) => ({
      secret,
      expires_at: rfc3339(end),
    })),
  };
}

export function deliveryJson(delivery: DeliveryView): DeliveryJson {
  const self = `/v1/deliveries/${delivery.id}`;
  return {
    id: delivery.id,
    object: "delivery",
    type: delivery.type,
    resource: delivery.resource,
    resource_attempt: delivery.attempt ?? null,
    endpoint: delivery.url === undefined ? delivery.target : null,
    url: delivery.url ?? null,
    include: delivery.include,
    status: delivery.status,
    reason: delivery.reason ?? null,
    attempts: delivery.attempts,
    last_status: delivery.lastStatus ?? null,
    created_at: rfc3339(delivery.createdAtMs),
    next_attempt_at: rfc3339(delivery.nextAttemptAtMs),
    completed_at: rfc3339(delivery.endedAtMs),
    urls: { self, redeliver: `${self}/redeliver` },
  };
}

/** With its attempts. */
export function deliveryDetailJson(delivery: DeliveryView): DeliveryDetail {
  const log = delivery.log.map(({ at_ms: at, ...attempt }) => ({ at: rfc3339(at), ...attempt }));
  return { ...deliveryJson(delivery), log };
}
