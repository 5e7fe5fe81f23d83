import type {
  DeliveryDetail,
  DeliveryJson,
  DeliveryList,
  EndpointJson,
  EndpointList,
  Redelivery,
  WebhookSecret,
} from "./webhook-schema.ts";

export const endpointId = "whk_01m7z2a28nec097t69kvhhq4z1";
const endpointPath = `/v1/webhook-endpoints/${endpointId}`;

export const endpoint = {
  id: endpointId,
  object: "webhook_endpoint",
  url: "https://shop.example.com/hooks/scoreline",
  description: "the shop",
  events: ["job.succeeded", "job.failed", "job.canceled", "job.expired"],
  include: "auto",
  enabled: true,
  disabled_reason: null,
  disabled_at: null,
  failing_since: null,
  failures: 0,
  schedule_ms: null,
  header_names: ["x-shop"],
  secrets: 1,
  created_at: "2026-11-21T12:46:42.453Z",
  urls: {
    self: endpointPath,
    ping: `${endpointPath}/ping`,
    rotate_secret: `${endpointPath}/rotate-secret`,
    deliveries: `/v1/deliveries?endpoint=${endpointId}`,
  },
} satisfies EndpointJson;

export const secret = "whsec_…";
export const endpoints = { object: "list", data: [endpoint] } satisfies EndpointList;
export const tenantSecret = {
  object: "webhook_secret",
  secret,
  previous: [{ secret, expires_at: "2026-11-22T12:46:42.453Z" }],
} satisfies WebhookSecret;

export const deliveryId = "evt_01m7z2a28nec097t69kvhhq4z1_1S_kvhhq4z1";
const deliveryPath = `/v1/deliveries/${deliveryId}`;

export const delivery = {
  id: deliveryId,
  object: "delivery",
  type: "job.succeeded",
  resource: "job_01m7z2a28nec097t69kvhhq4z1",
  resource_attempt: 1,
  endpoint: "whk_01m7z2a28nec097t69kvhhq4z1",
  url: null,
  include: "auto",
  status: "pending",
  reason: null,
  attempts: 1,
  last_status: 503,
  created_at: "2026-11-21T12:46:42.460Z",
  next_attempt_at: "2026-11-21T12:46:48.012Z",
  completed_at: null,
  urls: { self: deliveryPath, redeliver: `${deliveryPath}/redeliver` },
} satisfies DeliveryJson;

export const detail = {
  ...delivery,
  log: [
    {
      at: "2026-11-21T12:46:42.497Z",
      status: 503,
      error: null,
      latency_ms: 18,
      headers: { "content-type": "text/plain", "retry-after": "5" },
    },
  ],
} satisfies DeliveryDetail;

const deliveries = {
  object: "list",
  data: [delivery],
  next_cursor: null,
} satisfies DeliveryList;

export const redelivery = {
  object: "redelivery",
  redelivered: 41,
  gone: 1,
  has_more: false,
} satisfies Redelivery;

/** A list of deliveries, as an answer. */
export const deliveryPage = ["DeliveryList", { page: deliveries }] as const;
