import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { z } from "zod";
import { keys } from "./redis-keys.ts";
import type { Endpoint } from "../../shared/webhook/endpoints.ts";
import { firstSecret } from "../../shared/webhook/secret.ts";
import { packInterest, type Interest } from "../../shared/webhook/subscription.ts";
import { signatureFault, type ReceivedMessage } from "../../shared/webhook/signature.ts";
import { ask } from "./client.ts";
import { testIds } from "./jobs.ts";
import { PUBLIC, type Received, type Receiver } from "./receiver.ts";
import { until } from "./until.ts";

/** An endpoint as scripts see it: what a tenant's hash of endpoints says. */
export async function hook(
  redis: Redis,
  tenant: string,
  id: string,
  interest: Interest,
): Promise<void> {
  await redis.hset(keys.hooks(tenant), id, packInterest(interest));
}

/** An endpoint as it is stored. */
export function anyEndpoint(more: Partial<Endpoint> = {}): Endpoint {
  return {
    id: testIds.create("whk", "default", Date.now()),
    tenant: "default",
    url: "http://127.0.0.1:9/hook",
    events: [],
    include: "auto",
    description: "",
    headers: {},
    scheduleMs: undefined,
    disabled: undefined,
    secrets: firstSecret(),
    createdAtMs: 1000,
    disabledAtMs: undefined,
    ...more,
  };
}

/** Ids of what is pending to a target, soonest due first. */
export async function pendingTo(redis: Redis, target: string): Promise<string[]> {
  return redis.zrange(keys.target(target), "0", "-1");
}

/** Receivers on this machine are allowed, and answer within five seconds or not at all. */
export const RECEIVERS_HERE = {
  WEBHOOK_ALLOW: "127.0.0.0/8",
  WEBHOOK_PORTS: "1-65535",
  WEBHOOK_HTTP: "on",
  WEBHOOK_TIMEOUT_MS: "5000",
};

/** The usual schedule in some 6 s instead of 76 hours, and 5 days of failures in 8.6 s. */
export const COMPRESSED = { ...RECEIVERS_HERE, WEBHOOK_TIME_SCALE: "0.00002" };

const eventSchema = z.strictObject({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.looseObject({ id: z.string() }),
});

export type ReceivedEvent = z.infer<typeof eventSchema>;

/** The event of a request, once its signature was found right. */
export function verifiedEvent(received: Received, ...secrets: readonly string[]): ReceivedEvent {
  const fault = signatureFault(secrets, messageOf(received), Date.now() / 1000);
  assert.equal(fault, undefined);
  return eventSchema.parse(JSON.parse(received.body));
}

/** What of a request is signed, and the signatures. */
export function messageOf({ headers, body }: Received): ReceivedMessage {
  const text = (name: string): string => z.string().parse(headers[name]);
  return {
    id: text("webhook-id"),
    timestamp: text("webhook-timestamp"),
    signature: text("webhook-signature"),
    body,
  };
}

/** The URL of a receiver. */
export function urlOf(receiver: Receiver, path = "/hook"): string {
  return `http://${PUBLIC}:${receiver.port}${path}`;
}

const secretSchema = z.looseObject({ secret: z.string() });
const endpointSchema = z.looseObject({
  id: z.string(),
  secret: z.string(),
});

/** Asks a gateway for JSON. @throws {assert.AssertionError} for another status */
export async function api(
  url: string,
  status: number,
  init: { readonly method?: string; readonly body?: unknown; readonly token?: string } = {},
): Promise<Record<string, unknown>> {
  const { method = init.body === undefined ? "GET" : "POST", body, token } = init;
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await ask(url, { method, headers, ...text });
  const answer = await response.text();
  assert.equal(response.status, status, `${method} ${url}: ${answer}`);
  return answer === "" ? {} : z.looseObject({}).parse(JSON.parse(answer));
}

/** Registers a receiver. */
export async function register(gateway: string, body: object, token?: string) {
  const init = { body, ...(token === undefined ? {} : { token }) };
  return endpointSchema.parse(await api(`${gateway}/v1/webhook-endpoints`, 201, init));
}

/** The secret of a tenant for URLs that are no endpoint's. */
export async function tenantSecret(gateway: string): Promise<string> {
  return secretSchema.parse(await api(`${gateway}/v1/webhook-secret`, 200)).secret;
}

const deliverySchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  endpoint: z.string().nullable(),
  status: z.string(),
  reason: z.string().nullable(),
  attempts: z.number(),
  log: z
    .array(
      z.looseObject({
        at: z.string(),
        status: z.number().nullable(),
        error: z.string().nullable(),
        latency_ms: z.number().nullable(),
      }),
    )
    .default([]),
});

export type Delivery = z.infer<typeof deliverySchema>;

/** The deliveries of a job, without their attempts. */
export async function deliveriesOf(gateway: string, job: string): Promise<readonly Delivery[]> {
  const list = await api(`${gateway}/v1/jobs/${job}/deliveries`, 200);
  return z.array(deliverySchema).parse(list["data"]);
}

/** One delivery, with its attempts. */
export async function delivery(gateway: string, id: string): Promise<Delivery> {
  return deliverySchema.parse(await api(`${gateway}/v1/deliveries/${id}`, 200));
}

/** Waits until a delivery has ended, which must be so. */
export async function ends(gateway: string, id: string, status: string): Promise<Delivery> {
  await until(`${id} has ended`, async () => (await delivery(gateway, id)).status !== "pending");
  const end = await delivery(gateway, id);
  assert.equal(end.status, status, JSON.stringify(end));
  return end;
}
