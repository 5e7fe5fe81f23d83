import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { jsonAnswer } from "../http/answers.ts";
import { deliveryJson, endpointJson, webhookSecretJson } from "./webhook-json.ts";
import { readEndpointChange, readNewEndpoint, readOverlap } from "./endpoint-body.ts";
import { readBody } from "../http/read-body.ts";
import { callerOf } from "../access/caller.ts";
import type { EndpointJson, EndpointList } from "./webhook-schema.ts";
import type { WebhookServices } from "./services.ts";
import type { ShownEndpoint } from "./webhook-store.ts";

const BODY_BYTES_MAX = 65_536;

/** `GET /v1/webhook-endpoints`: all of the caller's, oldest first; there are 50 at most. */
export async function listWebhookEndpoints(
  c: Context,
  { webhooks, clock }: WebhookServices,
): Promise<Response> {
  const found = await webhooks.list(callerOf(c).tenant);
  const data = found.map((one) => endpointJson(one, clock.now()));
  const body: EndpointList = { object: "list", data };
  return jsonAnswer(body);
}

/** `POST /v1/webhook-endpoints`: the only answer that holds its secret. */
export async function createWebhookEndpoint(
  c: Context,
  services: WebhookServices,
): Promise<Response> {
  const { webhooks, receivers, clock, logger } = services;
  const { tenant, keyId } = callerOf(c);
  const { terms, secret } = readNewEndpoint(await readBody(c, BODY_BYTES_MAX), receivers);
  const made = await webhooks.create(tenant, terms, secret);
  const { id, secrets } = made.endpoint;
  logger.info({ endpoint: id, tenant, by: keyId }, "webhook endpoint created");
  const body: EndpointJson = {
    ...endpointJson(made, clock.now()),
    secret: secrets[0]?.secret ?? "",
  };
  return jsonAnswer(body, 201, { location: `/v1/webhook-endpoints/${id}` });
}

/** `GET /v1/webhook-endpoints/{id}` */
export async function getWebhookEndpoint(c: Context, services: WebhookServices): Promise<Response> {
  return jsonAnswer(endpointJson(await find(c, services), services.clock.now()));
}

/** `PATCH /v1/webhook-endpoints/{id}`: changes what is said, and leaves the rest. */
export async function changeWebhookEndpoint(
  c: Context,
  services: WebhookServices,
): Promise<Response> {
  const { webhooks, receivers } = services;
  const body = await readBody(c, BODY_BYTES_MAX);
  const { endpoint } = await find(c, services);
  const terms = readEndpointChange(body, endpoint, receivers);
  if (!(await webhooks.change(endpoint, terms))) throw noSuchEndpoint();
  return getWebhookEndpoint(c, services);
}

/** `DELETE /v1/webhook-endpoints/{id}`: what is still pending to it ends as dead. */
export async function deleteWebhookEndpoint(
  c: Context,
  services: WebhookServices,
): Promise<Response> {
  const { endpoint } = await find(c, services);
  await services.webhooks.delete(endpoint);
  services.logger.info(
    { endpoint: endpoint.id, by: callerOf(c).keyId },
    "webhook endpoint deleted",
  );
  return new Response(null, { status: 204 });
}

/** `POST /v1/webhook-endpoints/{id}/rotate-secret`: a new secret, told once. */
export async function rotateEndpointSecret(
  c: Context,
  services: WebhookServices,
): Promise<Response> {
  const { webhooks, clock, logger } = services;
  const overlapMs = readOverlap(await readBody(c, BODY_BYTES_MAX));
  const { endpoint, health } = await find(c, services);
  const secrets = await webhooks.rotate(endpoint, overlapMs);
  if (secrets === undefined) throw noSuchEndpoint();
  logger.info({ endpoint: endpoint.id, by: callerOf(c).keyId }, "webhook secret rotated");
  const shown = endpointJson({ endpoint: { ...endpoint, secrets }, health }, clock.now());
  return jsonAnswer({ ...shown, secret: secrets[0]?.secret ?? "" });
}

/** `POST /v1/webhook-endpoints/{id}/ping`: a test event, as the delivery that carries it. */
export async function pingWebhookEndpoint(
  c: Context,
  services: WebhookServices,
): Promise<Response> {
  const { webhooks } = services;
  const { endpoint } = await find(c, services);
  const id = await webhooks.ping(endpoint);
  const delivery = id === undefined ? undefined : await webhooks.delivery(id, endpoint.tenant);
  if (typeof delivery !== "object") throw noSuchEndpoint();
  return jsonAnswer(deliveryJson(delivery), 202, { location: `/v1/deliveries/${delivery.id}` });
}

/** `GET /v1/webhook-secret`: what signs messages to URLs that are no endpoint's. */
export async function getWebhookSecret(
  c: Context,
  { webhooks, clock }: WebhookServices,
): Promise<Response> {
  const secrets = await webhooks.secrets(callerOf(c).tenant);
  return jsonAnswer(webhookSecretJson(secrets, clock.now()));
}

/** `POST /v1/webhook-secret/rotate` */
export async function rotateWebhookSecret(
  c: Context,
  services: WebhookServices,
): Promise<Response> {
  const { webhooks, clock, logger } = services;
  const { tenant, keyId } = callerOf(c);
  const overlapMs = readOverlap(await readBody(c, BODY_BYTES_MAX));
  const secrets = await webhooks.rotateSecrets(tenant, overlapMs);
  logger.info({ tenant, by: keyId }, "webhook secret rotated");
  return jsonAnswer(webhookSecretJson(secrets, clock.now()));
}

/** @throws {ScoringError} `not_found`, also for another tenant's */
async function find(c: Context, { webhooks }: WebhookServices): Promise<ShownEndpoint> {
  const found = await webhooks.find(c.req.param("id") ?? "", callerOf(c).tenant);
  if (found === undefined) throw noSuchEndpoint();
  return found;
}

function noSuchEndpoint(): ScoringError {
  return new ScoringError("not_found", "There is no such webhook endpoint.");
}
