import { json, jsonBody, routes } from "../http/openapi/operation.ts";
import { idParameter, queryParameters } from "../http/openapi/parameters.ts";
import { BAD_BODY } from "../http/openapi/problems.ts";
import type { Room } from "../http/openapi/room.ts";
import * as deliveries from "./deliveries.ts";
import { createEndpointSchema, patchEndpointSchema, rotateSecretSchema } from "./endpoint-body.ts";
import * as endpoints from "./endpoints.ts";
import * as examples from "./examples.ts";
import type { WebhookServices } from "./webhook-store.ts";
import * as schemas from "./webhook-schema.ts";

const common = { tag: "Webhooks", scope: "webhooks:*" } as const;
const route = routes(common);
const ofEndpoint = routes({
  ...common,
  parameters: [idParameter("The endpoint's id.", examples.endpointId)],
});
const ofDelivery = routes({
  ...common,
  parameters: [
    idParameter(
      "The delivery's id, which is the `webhook-id` that receivers got.",
      examples.deliveryId,
    ),
  ],
});

const { delivery, deliveryPage, endpoint, secret } = examples;
const shown = ["WebhookEndpoint", { endpoint }] as const;
const withSecret = ["WebhookEndpoint", { endpoint: { ...endpoint, secret } }] as const;
const secrets = ["WebhookSecret", { secret: examples.tenantSecret }] as const;
const detailed = ["DeliveryDetail", { detail: examples.detail }] as const;
const overlap = {
  ...jsonBody("RotateSecret", { hour: { overlap_ms: 3_600_000 } }),
  required: false,
};

/** Receivers of events, and the state of deliveries. */
export const webhooksRoom: Room<WebhookServices> = {
  answers: {
    WebhookEndpoint: schemas.endpointSchema,
    WebhookEndpointList: schemas.endpointListSchema,
    WebhookSecret: schemas.webhookSecretSchema,
    Delivery: schemas.deliverySchema,
    DeliveryDetail: schemas.deliveryDetailSchema,
    DeliveryList: schemas.deliveryListSchema,
    Redelivery: schemas.redeliverySchema,
  },
  bodies: {
    CreateWebhookEndpoint: createEndpointSchema,
    ChangeWebhookEndpoint: patchEndpointSchema,
    RotateSecret: rotateSecretSchema,
    Redeliver: deliveries.redeliverSchema,
  },
  operations: [
    route.get("/v1/webhook-endpoints", endpoints.listWebhookEndpoints, {
      summary: "Your endpoints, oldest first",
      answers: {
        200: json("All of them, at most 50.", "WebhookEndpointList", { list: examples.endpoints }),
      },
    }),
    route.post("/v1/webhook-endpoints", endpoints.createWebhookEndpoint, {
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
    ofEndpoint.get("/v1/webhook-endpoints/{id}", endpoints.getWebhookEndpoint, {
      summary: "An endpoint, without its secrets",
      answers: { 200: json("The endpoint.", ...shown) },
      fails: ["not_found"],
    }),
    ofEndpoint.patch("/v1/webhook-endpoints/{id}", endpoints.changeWebhookEndpoint, {
      summary: "Change an endpoint, or enable it again",
      body: jsonBody("ChangeWebhookEndpoint", { enable: { enabled: true } }),
      answers: { 200: json("The endpoint as it is now.", ...shown) },
      fails: [...BAD_BODY, "not_found", "webhook_url_rejected"],
    }),
    ofEndpoint.delete("/v1/webhook-endpoints/{id}", endpoints.deleteWebhookEndpoint, {
      summary: "Delete an endpoint",
      answers: { 204: { description: "Its pending deliveries end as dead." } },
      fails: ["not_found"],
    }),
    ofEndpoint.post("/v1/webhook-endpoints/{id}/rotate-secret", endpoints.rotateEndpointSecret, {
      summary: "Rotate an endpoint's secret",
      description: "Both sign until the overlap is over; at most three are active.",
      body: overlap,
      answers: { 200: json("The endpoint with its new secret, shown only once.", ...withSecret) },
      fails: [...BAD_BODY, "not_found", "secret_limit"],
    }),
    ofEndpoint.post("/v1/webhook-endpoints/{id}/ping", endpoints.pingWebhookEndpoint, {
      summary: "Send an endpoint a test event",
      answers: {
        202: json(
          "Its delivery.",
          "Delivery",
          {
            ping: {
              ...delivery,
              type: "webhook.ping",
              resource: endpoint.id,
              resource_attempt: null,
            },
          },
          ["DeliveryLocation"],
        ),
      },
      fails: ["not_found", "endpoint_disabled"],
    }),
    route.get("/v1/webhook-secret", endpoints.getWebhookSecret, {
      summary: "The secret for URLs that are not registered",
      answers: { 200: json("It, and those before it that still sign.", ...secrets) },
    }),
    route.post("/v1/webhook-secret/rotate", endpoints.rotateWebhookSecret, {
      summary: "Rotate that secret",
      body: overlap,
      answers: { 200: json("The new one and the earlier ones.", ...secrets) },
      fails: [...BAD_BODY, "secret_limit"],
    }),
    route.get("/v1/deliveries", deliveries.listDeliveries, {
      summary: "Your deliveries, newest first",
      description: "A page may be short, or even empty, and still have a next one.",
      parameters: queryParameters(deliveries.deliveriesQuerySchema.shape),
      answers: { 200: json("A page of them.", ...deliveryPage, ["Link"]) },
      fails: ["invalid_input", "unknown_field"],
    }),
    route.post("/v1/deliveries/redeliver", deliveries.redeliverDead, {
      summary: "Resend all dead deliveries since a given time",
      body: jsonBody("Redeliver", { day: { since: "2026-11-20T00:00:00Z" } }),
      answers: {
        202: json("How many are sent again.", "Redelivery", { some: examples.redelivery }),
      },
      fails: BAD_BODY,
    }),
    ofDelivery.get("/v1/deliveries/{id}", deliveries.getDelivery, {
      summary: "A delivery, with its attempts",
      answers: { 200: json("It.", ...detailed) },
      fails: ["not_found", "gone_expired", "lost"],
    }),
    ofDelivery.post("/v1/deliveries/{id}/redeliver", deliveries.redeliver, {
      summary: "Send a delivery again",
      description: "It restarts its schedule; a pending one is sent at once.",
      answers: { 202: json("It is pending.", ...detailed) },
      fails: ["not_found", "gone_expired", "lost"],
    }),
  ],
};
