import { readEndpoint, tenantSecrets } from "../../shared/webhook/endpoints.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { DeathReason, DeliveryHead } from "../../shared/webhook/delivery.ts";
import { DEFAULT_SCHEDULE_MS } from "../../shared/webhook/schedule.ts";
import { activeSecrets, type TimedSecret } from "../../shared/webhook/secrets.ts";

/** Where a delivery goes, as of now. */
export interface Receiver {
  readonly url: string;
  /** At least one, newest first. */
  readonly secrets: readonly string[];
  /** Of its owner, sent with every message. */
  readonly headers: Readonly<Record<string, string>>;
  readonly scheduleMs: readonly number[];
}

/** @returns why nothing is sent there, when nothing is */
export async function receiverOf(
  redis: Redis,
  { target, tenant, url }: DeliveryHead,
  nowMs: number,
): Promise<Receiver | DeathReason> {
  if (url !== undefined) {
    const secrets = signing(await tenantSecrets(redis, tenant), nowMs);
    return { url, secrets, headers: {}, scheduleMs: DEFAULT_SCHEDULE_MS };
  }
  const endpoint = await readEndpoint(redis, target);
  if (endpoint === undefined || endpoint.tenant !== tenant) return "endpoint_deleted";
  if (endpoint.disabled !== undefined) return "endpoint_disabled";
  const { headers, scheduleMs = DEFAULT_SCHEDULE_MS } = endpoint;
  return { url: endpoint.url, secrets: signing(endpoint.secrets, nowMs), headers, scheduleMs };
}

function signing(secrets: readonly TimedSecret[], nowMs: number): readonly string[] {
  return activeSecrets(secrets, nowMs).map(({ secret }) => secret);
}
