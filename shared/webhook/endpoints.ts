import type { Redis } from "ioredis";
import { controlKeys as keys } from "../redis/keys.ts";
import { asOneOf, asText, script } from "../redis/script.ts";
import {
  breakerFields,
  endpointFields,
  endpointOf,
  termFields,
  type Endpoint,
  type EndpointTerms,
} from "./endpoint.ts";
import { firstSecret, rotated, secretsText, type TimedSecret } from "./secrets.ts";

const putScript = script(new URL("./endpoint-put.lua", import.meta.url), {
  keys: ["endpoint", "endpoints", "hooks", "breaker"],
  /** `most` is `""` to change one, `replaces` when the secrets stay. */
  args: ["id", "most", "replaces", "replacement"],
  rest: "fields",
  reads: { readEndpoint: endpointFields.pick("secrets", "state", "interest") },
});
const swapScript = script(new URL("./secret-swap.lua", import.meta.url), {
  keys: ["secrets"],
  /** `seen` is `""` for none. */
  args: ["seen", "wanted"],
});

/** Most webhook endpoints of a tenant. */
export const ENDPOINTS_MAX = 50;
/** Somebody else exchanges the same secret at the same moment at most so often in a row. */
const TRIES = 5;

/** How an endpoint fares; read beside it, because every attempt changes it. */
export interface EndpointHealth {
  /** Failures in a row. */
  readonly failures: number;
  /** Since when attempts have only failed, epoch ms; undefined while the last one did not. */
  readonly failingSinceMs: number | undefined;
}

interface Put {
  readonly id: string;
  readonly tenant: string;
  /** Undefined to change one that is there. */
  readonly most?: number;
  /** JSON texts of the secrets as they were, and as they are to be. */
  readonly replaces?: string;
  readonly replacement?: string;
  readonly fields: readonly string[];
}

async function put(redis: Redis, { id, tenant, fields, ...how }: Put) {
  const reply = await putScript.run(redis, {
    endpoint: keys.webhookEndpoint(id),
    endpoints: keys.webhookEndpoints(tenant),
    hooks: keys.hooks(tenant),
    breaker: keys.breaker(id),
    id,
    most: how.most ?? "",
    replaces: how.replaces ?? "",
    replacement: how.replacement ?? "",
    fields,
  });
  return asOneOf(reply, ["done", "missing", "full", "changed"]);
}

/** @returns false when its tenant has 50 already */
export async function createEndpoint(redis: Redis, endpoint: Endpoint): Promise<boolean> {
  const { id, tenant, secrets, createdAtMs } = endpoint;
  const own = endpointFields.encode({ version: "1", tenant, secrets, createdAtMs });
  const fields = [...own, ...termFields(endpoint, createdAtMs)];
  return (await put(redis, { id, tenant, most: ENDPOINTS_MAX, fields })) === "done";
}

/** @returns false when there is none of this id */
export async function changeEndpoint(
  redis: Redis,
  { id, tenant, disabledAtMs }: Endpoint,
  terms: EndpointTerms,
  nowMs: number,
): Promise<boolean> {
  const fields = termFields(terms, disabledAtMs ?? nowMs);
  return (await put(redis, { id, tenant, fields })) === "done";
}

export async function readEndpoint(redis: Redis, id: string): Promise<Endpoint | undefined> {
  const fields = await redis.hgetall(keys.webhookEndpoint(id));
  return Object.keys(fields).length === 0 ? undefined : endpointOf(id, fields);
}

/** A tenant's endpoints, oldest first. */
export async function listEndpoints(redis: Redis, tenant: string): Promise<readonly Endpoint[]> {
  const ids = (await redis.smembers(keys.webhookEndpoints(tenant))).toSorted();
  const found = await Promise.all(ids.map(async (id) => readEndpoint(redis, id)));
  return found.filter((endpoint) => endpoint !== undefined);
}

/** What is still pending to it ends as dead when its turn comes. Doing it twice is fine. */
export async function deleteEndpoint(redis: Redis, id: string, tenant: string): Promise<void> {
  const all = redis.multi().del(keys.webhookEndpoint(id), keys.breaker(id));
  await all.srem(keys.webhookEndpoints(tenant), id).hdel(keys.hooks(tenant), id).exec();
}

export async function readHealth(redis: Redis, target: string): Promise<EndpointHealth> {
  return breakerFields.decode(await redis.hgetall(keys.breaker(target)));
}

export interface Rotation {
  /** How long the secret before signs beside the new one, in ms. */
  readonly overlapMs: number;
  readonly nowMs: number;
}

/** @returns the endpoint's secrets, the new one first; undefined when there is no such endpoint */
export async function rotateSecret(
  redis: Redis,
  id: string,
  { overlapMs, nowMs }: Rotation,
): Promise<readonly TimedSecret[] | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { tenant: tenantLetter, secrets: secretsLetter } = endpointFields.letters;
    const record = keys.webhookEndpoint(id);
    const [tenant, replaces] = await redis.hmget(record, tenantLetter, secretsLetter);
    if (!tenant || !replaces) return undefined;
    const secrets = rotated(secretsText.decode(replaces), overlapMs, nowMs);
    const replacement = secretsText.encode(secrets);
    const fields = endpointFields.encode({ secrets });
    const verdict = await put(redis, { id, tenant, replaces, replacement, fields });
    if (verdict === "missing") return undefined;
    if (verdict === "done") return secrets;
  }
  throw new Error("the secret is exchanged by others all the time");
}

/** The secrets that sign what goes to a tenant's URLs that are no endpoint's; made when asked first. */
export async function tenantSecrets(redis: Redis, tenant: string): Promise<readonly TimedSecret[]> {
  const there = await redis.get(keys.webhookSecret(tenant));
  return there === null ? swap(redis, tenant, "", firstSecret()) : secretsText.decode(there);
}

/** @returns the tenant's secrets, the new one first */
export async function rotateTenantSecret(
  redis: Redis,
  tenant: string,
  { overlapMs, nowMs }: Rotation,
): Promise<readonly TimedSecret[]> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const seen = (await redis.get(keys.webhookSecret(tenant))) ?? "";
    const wanted = rotated(seen === "" ? [] : secretsText.decode(seen), overlapMs, nowMs);
    const now = await swap(redis, tenant, seen, wanted);
    if (now[0]?.secret === wanted[0]?.secret) return now;
  }
  throw new Error("the secret is exchanged by others all the time");
}

async function swap(
  redis: Redis,
  tenant: string,
  seen: string,
  wanted: readonly TimedSecret[],
): Promise<readonly TimedSecret[]> {
  const reply = await swapScript.run(redis, {
    secrets: keys.webhookSecret(tenant),
    seen,
    wanted: secretsText.encode(wanted),
  });
  return secretsText.decode(asText(reply) ?? "[]");
}
