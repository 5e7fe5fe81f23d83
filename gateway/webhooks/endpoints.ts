import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import {
  deleteEndpoint,
  listEndpoints,
  rotateSecret,
  rotateTenantSecret,
  tenantSecrets,
} from "../../shared/webhook/endpoints.ts";
import { callerOf } from "../access/caller.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { readBody } from "../http/read-body.ts";
import { readEndpointChange, readNewEndpoint, readOverlap } from "./endpoint-body.ts";
import { deliveryJson, endpointJson, webhookSecretJson } from "./webhook-json.ts";
import type { EndpointJson, EndpointList } from "./webhook-schema.ts";
import type { ShownEndpoint, WebhookServices } from "./webhook-store.ts";

const BODY_BYTES_MAX = 65_536;

type Route = Handler<WebhookServices>;

/** `GET /v1/webhook-endpoints`: all of the caller's, oldest first; there are 50 at most. */
export const listWebhookEndpoints: Route = async (c, { webhooks, clock }) => {
  const found = await webhooks.ask(listEndpoints, callerOf(c).tenant);
  const shown = await Promise.all(found.map(async (endpoint) => webhooks.show(endpoint)));
  const data = shown.map((one) => endpointJson(one, clock.now()));
  const body: EndpointList = { object: "list", data };
  return jsonAnswer(body);
};

/** `POST /v1/webhook-endpoints`: the only answer that holds its secret. */
export const createWebhookEndpoint: Route = async (c, services) => {
  const { webhooks, receivers, clock, logger } = services;
  const { tenant, keyId } = callerOf(c);
  const { terms, secret } = readNewEndpoint(await readBody(c, BODY_BYTES_MAX), receivers);
  const made = await webhooks.create(tenant, terms, secret);
  const { id } = made.endpoint;
  logger.info({ endpoint: id, tenant, by: keyId }, "webhook endpoint created");
  return jsonAnswer(withSecret(made, clock.now()), 201, {
    location: `/v1/webhook-endpoints/${id}`,
  });
};

/** `GET /v1/webhook-endpoints/{id}` */
export const getWebhookEndpoint: Route = async (c, services) =>
  jsonAnswer(endpointJson(await find(c, services), services.clock.now()));

/** `PATCH /v1/webhook-endpoints/{id}`: changes what is said, and leaves the rest. */
export const changeWebhookEndpoint: Route = async (c, services) => {
  const body = await readBody(c, BODY_BYTES_MAX);
  const { endpoint } = await find(c, services);
  const terms = readEndpointChange(body, endpoint, services.receivers);
  if (!(await services.webhooks.change(endpoint, terms))) throw noSuchEndpoint();
  return getWebhookEndpoint(c, services);
};

/** `DELETE /v1/webhook-endpoints/{id}`: what is still pending to it ends as dead. */
export const deleteWebhookEndpoint: Route = async (c, services) => {
  const { id, tenant } = (await find(c, services)).endpoint;
  await services.webhooks.ask(deleteEndpoint, id, tenant);
  services.logger.info({ endpoint: id, by: callerOf(c).keyId }, "webhook endpoint deleted");
  return new Response(null, { status: 204 });
};

/** `POST /v1/webhook-endpoints/{id}/rotate-secret`: a new secret, told once. */
export const rotateEndpointSecret: Route = async (c, services) => {
  const { webhooks, clock, logger } = services;
  const overlapMs = readOverlap(await readBody(c, BODY_BYTES_MAX));
  const { endpoint, health } = await find(c, services);
  const { id } = endpoint;
  const secrets = await webhooks.ask(rotateSecret, id, { overlapMs, nowMs: clock.now() });
  if (secrets === undefined) throw noSuchEndpoint();
  logger.info({ endpoint: id, by: callerOf(c).keyId }, "webhook secret rotated");
  return jsonAnswer(withSecret({ endpoint: { ...endpoint, secrets }, health }, clock.now()));
};

/** `POST /v1/webhook-endpoints/{id}/ping`: a test event, as the delivery that carries it. */
export const pingWebhookEndpoint: Route = async (c, services) => {
  const { webhooks } = services;
  const { endpoint } = await find(c, services);
  const id = await webhooks.ping(endpoint);
  const delivery = id === undefined ? undefined : await webhooks.delivery(id, endpoint.tenant);
  if (typeof delivery !== "object") throw noSuchEndpoint();
  return jsonAnswer(deliveryJson(delivery), 202, { location: `/v1/deliveries/${delivery.id}` });
};

/** `GET /v1/webhook-secret`: what signs messages to URLs that are no endpoint's. */
export const getWebhookSecret: Route = async (c, { webhooks, clock }) => {
  const secrets = await webhooks.ask(tenantSecrets, callerOf(c).tenant);
  return jsonAnswer(webhookSecretJson(secrets, clock.now()));
};

/** `POST /v1/webhook-secret/rotate` */
export const rotateWebhookSecret: Route = async (c, { webhooks, clock, logger }) => {
  const { tenant, keyId } = callerOf(c);
  const overlapMs = readOverlap(await readBody(c, BODY_BYTES_MAX));
  const rotation = { overlapMs, nowMs: clock.now() };
  const secrets = await webhooks.ask(rotateTenantSecret, tenant, rotation);
  logger.info({ tenant, by: keyId }, "webhook secret rotated");
  return jsonAnswer(webhookSecretJson(secrets, clock.now()));
};

/** @throws {ScoringError} `not_found`, also for another tenant's */
async function find(c: Context, { webhooks }: WebhookServices): Promise<ShownEndpoint> {
  const found = await webhooks.find(c.req.param("id") ?? "", callerOf(c).tenant);
  if (found === undefined) throw noSuchEndpoint();
  return found;
}

function withSecret(shown: ShownEndpoint, nowMs: number): EndpointJson {
  return { ...endpointJson(shown, nowMs), secret: shown.endpoint.secrets[0]?.secret ?? "" };
}

function noSuchEndpoint(): ScoringError {
  return new ScoringError("not_found", "There is no such webhook endpoint.");
}
