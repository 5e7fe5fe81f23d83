import type { EndpointJson, EndpointList, WebhookSecret } from "./webhook-schema.ts";
import { deliveryExample } from "./delivery-operations.ts";
import { json, jsonBody } from "../http/openapi/operation.ts";
import { operation, type Operation } from "../http/openapi/old-operation.ts";
import type { Parameter } from "../http/openapi/parameters.ts";
import { named, ref } from "../http/openapi/parts.ts";

const id = "whk_01m7z2a28nec097t69kvhhq4z1";
const self = `/v1/webhook-endpoints/${id}`;

const endpoint = {
  id,
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
    self,
    ping: `${self}/ping`,
    rotate_secret: `${self}/rotate-secret`,
    deliveries: `/v1/deliveries?endpoint=${id}`,
  },
} satisfies EndpointJson;

const secret = "whsec_…";
const list = { object: "list", data: [endpoint] } satisfies EndpointList;
const tenantSecret = {
  object: "webhook_secret",
  secret,
  previous: [{ secret, expires_at: "2026-11-22T12:46:42.453Z" }],
} satisfies WebhookSecret;

const BAD_BODY = [
  "invalid_input",
  "invalid_json",
  "payload_too_large",
  "unknown_field",
  "unsupported_media_type",
] as const;

const idParameter: Parameter = {
  name: "id",
  in: "path",
  required: true,
  description: "The endpoint's id.",
  schema: { type: "string", minLength: 1 },
  example: id,
};

const common = { tag: "Webhooks", scope: "webhooks:*" } as const;
const one = { ...common, parameters: [idParameter] };
const shown = { schema: ref("WebhookEndpoint"), examples: { endpoint } };
const withSecret = {
  schema: ref("WebhookEndpoint"),
  examples: { endpoint: { ...endpoint, secret } },
};

/** The operations on receivers of webhooks. */
export function webhookPaths(): Record<string, Record<string, Operation>> {
  return {
    "/v1/webhook-endpoints": { get: listOperation(), post: createOperation() },
    "/v1/webhook-endpoints/{id}": {
      get: operation("getWebhookEndpoint", {
        ...one,
        summary: "An endpoint, without its secrets",
        answers: { 200: json("The endpoint.", shown) },
        fails: ["not_found"],
      }),
      patch: changeOperation(),
      delete: operation("deleteWebhookEndpoint", {
        ...one,
        summary: "Delete an endpoint",
        answers: { 204: { description: "What is still pending to it ends as dead." } },
        fails: ["not_found"],
      }),
    },
    "/v1/webhook-endpoints/{id}/rotate-secret": { post: rotateOperation() },
    "/v1/webhook-endpoints/{id}/ping": { post: pingOperation() },
    "/v1/webhook-secret": {
      get: operation("getWebhookSecret", {
        ...common,
        summary: "The secret that signs what goes to URLs that are no endpoint's",
        answers: { 200: json("It, and those before it that still sign.", tenantSecretAnswer) },
      }),
    },
    "/v1/webhook-secret/rotate": {
      post: operation("rotateWebhookSecret", {
        ...common,
        summary: "Exchange that secret",
        requestBody: overlapBody,
        answers: { 200: json("The new one, and those before it.", tenantSecretAnswer) },
        fails: [...BAD_BODY, "secret_limit"],
      }),
    },
  };
}

const tenantSecretAnswer = { schema: ref("WebhookSecret"), examples: { secret: tenantSecret } };

const overlapBody = {
  required: false,
  content: {
    "application/json": {
      schema: ref("RotateSecret"),
      examples: named({ hour: { overlap_ms: 3_600_000 } }),
    },
  },
};

function listOperation(): Operation {
  return operation("listWebhookEndpoints", {
    ...common,
    summary: "Your endpoints, oldest first",
    answers: {
      200: json("All of them; there are 50 at most.", {
        schema: ref("WebhookEndpointList"),
        examples: { list },
      }),
    },
  });
}

function createOperation(): Operation {
  return operation("createWebhookEndpoint", {
    ...common,
    summary: "Register a receiver of webhooks",
    requestBody: jsonBody("CreateWebhookEndpoint", {
      shop: { url: endpoint.url, events: ["job.completed"], headers: { "x-shop": "eu-1" } },
    }),
    answers: {
      201: json("The endpoint, with its secret, this once.", {
        ...withSecret,
        headers: ["WebhookEndpointLocation"],
      }),
    },
    fails: [...BAD_BODY, "webhook_url_rejected", "endpoint_limit"],
  });
}

function changeOperation(): Operation {
  return operation("changeWebhookEndpoint", {
    ...one,
    summary: "Change an endpoint, or enable it again",
    requestBody: jsonBody("ChangeWebhookEndpoint", { enable: { enabled: true } }),
    answers: { 200: json("The endpoint as it is now.", shown) },
    fails: [...BAD_BODY, "not_found", "webhook_url_rejected"],
  });
}

function rotateOperation(): Operation {
  return operation("rotateEndpointSecret", {
    ...one,
    summary: "Exchange an endpoint's secret",
    description: "Both sign until the overlap is over; three may sign at a time.",
    requestBody: overlapBody,
    answers: { 200: json("The endpoint, with its new secret, this once.", withSecret) },
    fails: [...BAD_BODY, "not_found", "secret_limit"],
  });
}

function pingOperation(): Operation {
  return operation("pingWebhookEndpoint", {
    ...one,
    summary: "Send an endpoint a test event",
    answers: {
      202: json("Its delivery.", {
        schema: ref("Delivery"),
        headers: ["DeliveryLocation"],
        examples: {
          ping: {
            ...deliveryExample,
            type: "webhook.ping",
            resource: id,
            resource_attempt: null,
          },
        },
      }),
    },
    fails: ["not_found", "endpoint_disabled"],
  });
}
