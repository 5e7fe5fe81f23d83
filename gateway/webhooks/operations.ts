import { json, jsonBody, route } from "../http/openapi/operation.ts";
import { idParameter, queryParameters } from "../http/openapi/parameters.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import {
  deliveriesQuerySchema,
  getDelivery,
  listDeliveries,
  redeliver,
  redeliverDead,
  redeliverSchema,
} from "./deliveries.ts";
import { createEndpointSchema, patchEndpointSchema, rotateSecretSchema } from "./endpoint-body.ts";
import {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  getWebhookSecret,
  listWebhookEndpoints,
  pingWebhookEndpoint,
  rotateEndpointSecret,
  rotateWebhookSecret,
} from "./endpoints.ts";
import {
  delivery,
  deliveryId,
  deliveryPage,
  detail,
  endpoint,
  endpointId,
  endpoints,
  redelivery,
  secret,
  tenantSecret,
} from "./examples.ts";
import type { WebhookServices } from "./services.ts";
import {
  deliveryDetailSchema,
  deliveryListSchema,
  deliverySchema,
  endpointListSchema,
  endpointSchema,
  redeliverySchema,
  webhookSecretSchema,
} from "./webhook-schema.ts";

const common = { tag: "Webhooks", scope: "webhooks:*" } as const;
const ofEndpoint = { ...common, parameters: [idParameter("The endpoint's id.", endpointId)] };
const ofDelivery = {
  ...common,
  parameters: [
    idParameter("The delivery's id, which is the `webhook-id` that receivers got.", deliveryId),
  ],
};

const shown = ["WebhookEndpoint", { endpoint }] as const;
const withSecret = ["WebhookEndpoint", { endpoint: { ...endpoint, secret } }] as const;
const secrets = ["WebhookSecret", { secret: tenantSecret }] as const;
const detailed = ["DeliveryDetail", { detail }] as const;
const overlap = {
  ...jsonBody("RotateSecret", { hour: { overlap_ms: 3_600_000 } }),
  required: false,
};

/** Receivers of events, and the state of deliveries. */
export const webhooksRoom: Room<WebhookServices> = {
  answers: {
    WebhookEndpoint: endpointSchema,
    WebhookEndpointList: endpointListSchema,
    WebhookSecret: webhookSecretSchema,
    Delivery: deliverySchema,
    DeliveryDetail: deliveryDetailSchema,
    DeliveryList: deliveryListSchema,
    Redelivery: redeliverySchema,
  },
  bodies: {
    CreateWebhookEndpoint: createEndpointSchema,
    ChangeWebhookEndpoint: patchEndpointSchema,
    RotateSecret: rotateSecretSchema,
    Redeliver: redeliverSchema,
  },
  operations: [
    route.get("/v1/webhook-endpoints", listWebhookEndpoints, {
      ...common,
      summary: "Your endpoints, oldest first",
      answers: {
        200: json("All of them, at most 50.", "WebhookEndpointList", { list: endpoints }),
      },
    }),
    route.post("/v1/webhook-endpoints", createWebhookEndpoint, {
      ...common,
      summary: "Register a receiver of webhooks",
      body: jsonBody("CreateWebhookEndpoint", {
        shop: { url: endpoint.url, events: ["job.completed"], headers: { "x-shop": "eu-1" } },
      }),
      answers: {
        201: json("The endpoint with its secret, shown only once.", ...withSecret, [
          "WebhookEndpointLocation",
        ]),
      },
      fails: [...BAD_BODY, "webhook_url_rejected", "endpoint_limit"],
    }),
    route.get("/v1/webhook-endpoints/{id}", getWebhookEndpoint, {
      ...ofEndpoint,
      summary: "An endpoint, without its secrets",
      answers: { 200: json("The endpoint.", ...shown) },
      fails: ["not_found"],
    }),
    route.patch("/v1/webhook-endpoints/{id}", changeWebhookEndpoint, {
      ...ofEndpoint,
      summary: "Change an endpoint, or enable it again",
      body: jsonBody("ChangeWebhookEndpoint", { enable: { enabled: true } }),
      answers: { 200: json("The endpoint as it is now.", ...shown) },
      fails: [...BAD_BODY, "not_found", "webhook_url_rejected"],
    }),
    route.delete("/v1/webhook-endpoints/{id}", deleteWebhookEndpoint, {
      ...ofEndpoint,
      summary: "Delete an endpoint",
      answers: { 204: { description: "Its pending deliveries end as dead." } },
      fails: ["not_found"],
    }),
    route.post("/v1/webhook-endpoints/{id}/rotate-secret", rotateEndpointSecret, {
      ...ofEndpoint,
      summary: "Rotate an endpoint's secret",
      description: "Both sign until the overlap is over; at most three are active.",
      body: overlap,
      answers: { 200: json("The endpoint with its new secret, shown only once.", ...withSecret) },
      fails: [...BAD_BODY, "not_found", "secret_limit"],
    }),
    route.post("/v1/webhook-endpoints/{id}/ping", pingWebhookEndpoint, {
      ...ofEndpoint,
      summary: "Send an endpoint a test event",
      answers: {
        202: json(
          "Its delivery.",
          "Delivery",
          {
            ping: {
              ...delivery,
              type: "webhook.ping",
              resource: endpointId,
              resource_attempt: null,
            },
          },
          ["DeliveryLocation"],
        ),
      },
      fails: ["not_found", "endpoint_disabled"],
    }),
    route.get("/v1/webhook-secret", getWebhookSecret, {
      ...common,
      summary: "The secret for URLs that are not registered",
      answers: { 200: json("It, and those before it that still sign.", ...secrets) },
    }),
    route.post("/v1/webhook-secret/rotate", rotateWebhookSecret, {
      ...common,
      summary: "Rotate that secret",
      body: overlap,
      answers: { 200: json("The new one and the earlier ones.", ...secrets) },
      fails: [...BAD_BODY, "secret_limit"],
    }),
    route.get("/v1/deliveries", listDeliveries, {
      ...common,
      summary: "Your deliveries, newest first",
      description: "A page may be short, or even empty, and still have a next one.",
      parameters: queryParameters(deliveriesQuerySchema.shape),
      answers: { 200: json("A page of them.", ...deliveryPage, ["Link"]) },
      fails: ["invalid_input", "unknown_field"],
    }),
    route.post("/v1/deliveries/redeliver", redeliverDead, {
      ...common,
      summary: "Resend all dead deliveries since a given time",
      body: jsonBody("Redeliver", { day: { since: "2026-11-20T00:00:00Z" } }),
      answers: { 202: json("How many are sent again.", "Redelivery", { some: redelivery }) },
      fails: BAD_BODY,
    }),
    route.get("/v1/deliveries/{id}", getDelivery, {
      ...ofDelivery,
      summary: "A delivery, with its attempts",
      answers: { 200: json("It.", ...detailed) },
      fails: ["not_found", "gone_expired", "lost"],
    }),
    route.post("/v1/deliveries/{id}/redeliver", redeliver, {
      ...ofDelivery,
      summary: "Send a delivery again",
      description: "It restarts its schedule; a pending one is sent at once.",
      answers: { 202: json("It is pending.", ...detailed) },
      fails: ["not_found", "gone_expired", "lost"],
    }),
  ],
};
