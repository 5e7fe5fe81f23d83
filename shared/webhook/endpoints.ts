import type { Redis } from "ioredis";
import { z } from "zod";
import { controlKeys as keys } from "../redis/keys.ts";
import { asOneOf, asText, script } from "../redis/script.ts";
import { firstSecret, rotated, secretsText, type TimedSecret } from "./secret.ts";
import { FieldTable, type Decoded, json, maybeNumber, number } from "../redis/fields.ts";
import { packInterest, unpackInterest, type Interest } from "./subscription.ts";

/** Why nothing is sent to an endpoint: its owner said so, it answered 410, or only failed for days. */
export const disabledReasons = ["owner", "gone", "failing"] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/** What its owner says of an endpoint, but for what it wants and whether it is enabled. */
const terms = {
  url: ["url", z.string()],
  description: ["d", z.string()],
  /** Sent with every message; names in lower case. */
  headers: ["hd", json(z.record(z.string(), z.string()).readonly())],
  /** ms before each attempt; undefined for the usual ones. */
  scheduleMs: [
    "sch",
    z.codec(z.string(), z.array(z.number()).readonly().optional(), {
      decode: (text) => (text === "" ? undefined : JSON.parse(text)),
      encode: (schedule) => (schedule === undefined ? "" : JSON.stringify(schedule)),
    }),
  ],
} as const;

/** Fields of an endpoint. */
export const endpointFields = new FieldTable({
  ...terms,
  version: ["v", z.literal("1")],
  tenant: ["t", z.string()],
  interest: [
    "l",
    z.codec(z.string(), z.custom<Interest>(), { decode: unpackInterest, encode: packInterest }),
  ],
  /** Newest first. */
  secrets: ["sec", secretsText],
  state: ["st", z.enum(["enabled", "disabled"])],
  why: ["why", z.union([z.literal(""), z.enum(disabledReasons)])],
  /** When it was disabled. */
  disabledAtMs: ["sa", maybeNumber],
  createdAtMs: ["ca", number],
});

/** What its owner says of an endpoint. */
export interface EndpointTerms extends Interest, Decoded<typeof terms> {
  /** Undefined while it is enabled. */
  readonly disabled: DisabledReason | undefined;
}

type Kept = Decoded<typeof endpointFields.fields>;

/** A registered receiver of a tenant. */
export interface Endpoint
  extends EndpointTerms, Pick<Kept, "tenant" | "secrets" | "createdAtMs" | "disabledAtMs"> {
  /** `whk_` + 26 characters. */
  readonly id: string;
}

/** Fields of the record of how a target fares; there is none while the last attempt did not fail. */
export const breakerFields = new FieldTable({
  /** In a row. */
  failures: ["f", number.default(0)],
  /** Since when attempts have only failed, epoch ms; undefined while the last one did not. */
  failingSinceMs: ["fs", maybeNumber],
});

/** @throws {z.ZodError} when the fields are of another format */
function endpointOf(id: string, fields: Record<string, string>): Endpoint {
  const { version: _, interest, state, why, ...endpoint } = endpointFields.decode(fields);
  const disabled = state === "enabled" || why === "" ? undefined : why;
  return { id, ...endpoint, ...interest, disabled };
}

/**
 * Names and values of the fields that its owner decides on.
 *
 * @param disabledAtMs when it was disabled, if it is
 */
function termFields(said: EndpointTerms, disabledAtMs: number): readonly string[] {
  const { disabled } = said;
  const state =
    disabled === undefined
      ? ({ state: "enabled", why: "", disabledAtMs: undefined } as const)
      : ({ state: "disabled", why: disabled, disabledAtMs } as const);
  const { url, description, headers, scheduleMs } = said;
  const own = { url, description, headers, scheduleMs, interest: said };
  return endpointFields.encode({ ...own, ...state });
}

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
export type EndpointHealth = Decoded<typeof breakerFields.fields>;

interface Put {
  readonly id: string;
  readonly tenant: string;
  /** Absent to change one that is there. */
  readonly most?: number;
  /** JSON texts of the secrets as they were, and as they are to be. */
  readonly replaces?: string;
  readonly replacement?: string;
  readonly fields: readonly string[];
}

const NOTHING = { most: "", replaces: "", replacement: "" };

async function put(redis: Redis, { id, tenant, fields, ...how }: Put) {
  const reply = await putScript.run(redis, {
    endpoint: keys.webhookEndpoint(id),
    endpoints: keys.webhookEndpoints(tenant),
    hooks: keys.hooks(tenant),
    breaker: keys.breaker(id),
    id,
    fields,
    ...NOTHING,
    ...how,
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
  said: EndpointTerms,
  nowMs: number,
): Promise<boolean> {
  const fields = termFields(said, disabledAtMs ?? nowMs);
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

/** Whether the tenant has any that is enabled. */
export async function hasEndpoints(redis: Redis, tenant: string): Promise<boolean> {
  return (await redis.hlen(keys.hooks(tenant))) > 0;
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
