import type { Clock } from "../../shared/clock.ts";
import { fault, ScoringError } from "../../shared/error.ts";
import type { IdFactory } from "../../shared/id.ts";
import { deliverAgain, pingEndpoint, type AgainVerdict } from "../../shared/webhook/deliveries.ts";
import {
  listDeliveries,
  readDeliveriesOf,
  readDelivery,
} from "../../shared/webhook/delivery-log.ts";
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  hasEndpoints,
  listEndpoints,
  readEndpoint,
  readHealth,
  rotateSecret,
  rotateTenantSecret,
  tenantSecrets,
  ENDPOINTS_MAX,
  type EndpointHealth,
  type Endpoint,
  type EndpointTerms,
} from "../../shared/webhook/endpoints.ts";
import type { ListingEntry, ListingWindow } from "../../shared/redis/listing.ts";
import { LOST } from "../../shared/job/view.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { DeliveryView } from "../../shared/webhook/delivery.ts";
import { firstSecret, type TimedSecret } from "../../shared/webhook/secrets.ts";
import { EndpointHints } from "./endpoint-hints.ts";
import { subscriptionOf, type WantedWebhook } from "./webhook-member.ts";
import type { Subscription } from "../../shared/webhook/subscription.ts";
import { reachOr } from "../../shared/redis/reach.ts";

const reach = reachOr("Webhooks cannot be looked up at the moment.");

export interface WebhookStoreOptions {
  readonly redis: Redis;
  readonly ids: IdFactory;
  readonly clock: Clock;
  /** Of a delivery whose record is missing. */
  readonly wasLost: (id: string) => boolean;
}

/** An endpoint, and how it fares. */
export interface ShownEndpoint {
  readonly endpoint: Endpoint;
  readonly health: EndpointHealth;
}

/**
 * Webhook endpoints and deliveries of a tenant, for routes. Ids of other tenants do not exist. Every
 * method throws `service_unavailable` without Redis.
 */
export class WebhookStore {
  readonly #options: WebhookStoreOptions;
  readonly #hints: EndpointHints;

  constructor(options: WebhookStoreOptions) {
    this.#options = options;
    const { redis, clock } = options;
    this.#hints = new EndpointHints(async (tenant) => hasEndpoints(redis, tenant), clock);
  }

  /** @throws {ScoringError} `endpoint_limit` */
  async create(
    tenant: string,
    terms: EndpointTerms,
    secret: string | undefined,
  ): Promise<ShownEndpoint> {
    const createdAtMs = this.#options.clock.now();
    const id = this.#options.ids.create("whk", tenant, createdAtMs);
    const secrets = secret === undefined ? firstSecret() : [{ secret, expires_at_ms: null }];
    const disabledAtMs = terms.disabled === undefined ? undefined : createdAtMs;
    const endpoint = { ...terms, id, tenant, secrets, createdAtMs, disabledAtMs };
    if (await reach(createEndpoint(this.#options.redis, endpoint))) {
      this.#hints.forget(tenant);
      return { endpoint, health: { failures: 0, failingSinceMs: undefined } };
    }
    const message = `You have ${ENDPOINTS_MAX} webhook endpoints, the most allowed; delete one first.`;
    throw new ScoringError("endpoint_limit", message);
  }

  async find(id: string, tenant: string): Promise<ShownEndpoint | undefined> {
    if (!id.startsWith("whk_") || this.#options.ids.verify(id, tenant) === undefined)
      return undefined;
    const endpoint = await reach(readEndpoint(this.#options.redis, id));
    if (endpoint?.tenant !== tenant) return undefined;
    return { endpoint, health: await reach(readHealth(this.#options.redis, id)) };
  }

  async list(tenant: string): Promise<readonly ShownEndpoint[]> {
    const endpoints = await reach(listEndpoints(this.#options.redis, tenant));
    const shown = endpoints.map(async (endpoint) => ({
      endpoint,
      health: await readHealth(this.#options.redis, endpoint.id),
    }));
    return reach(Promise.all(shown));
  }

  /** @returns false when it has been deleted meanwhile */
  async change(endpoint: Endpoint, terms: EndpointTerms): Promise<boolean> {
    const { redis, clock } = this.#options;
    const isChanged = await reach(changeEndpoint(redis, endpoint, terms, clock.now()));
    this.#hints.forget(endpoint.tenant);
    return isChanged;
  }

  async delete({ id, tenant }: Endpoint): Promise<void> {
    await reach(deleteEndpoint(this.#options.redis, id, tenant));
  }

  /**
   * @returns the secrets, the new one first; undefined when it has been deleted meanwhile
   * @throws {ScoringError} `secret_limit`
   */
  async rotate({ id }: Endpoint, overlapMs: number): Promise<readonly TimedSecret[] | undefined> {
    return reach(
      rotateSecret(this.#options.redis, id, { overlapMs, nowMs: this.#options.clock.now() }),
    );
  }

  /**
   * @returns the id of the delivery; undefined when the endpoint has been deleted meanwhile
   * @throws {ScoringError} `endpoint_disabled`: it would be dead at once
   */
  async ping({ id: endpoint, tenant, disabled }: Endpoint): Promise<string | undefined> {
    if (disabled !== undefined) {
      const message = `The endpoint is disabled (${disabled}): nothing is sent there until it is enabled.`;
      throw new ScoringError("endpoint_disabled", message);
    }
    const id = this.#options.ids.create("evt", tenant, this.#options.clock.now());
    const isStored = await reach(pingEndpoint(this.#options.redis, { id, endpoint, tenant }));
    return isStored ? id : undefined;
  }

  /** Secrets for URLs that are no endpoint's, newest first. */
  async secrets(tenant: string): Promise<readonly TimedSecret[]> {
    return reach(tenantSecrets(this.#options.redis, tenant));
  }

  /** @throws {ScoringError} `secret_limit` */
  async rotateSecrets(tenant: string, overlapMs: number): Promise<readonly TimedSecret[]> {
    return reach(
      rotateTenantSecret(this.#options.redis, tenant, {
        overlapMs,
        nowMs: this.#options.clock.now(),
      }),
    );
  }

  /**
   * Whether an endpoint of the tenant's may be called when a job of its moves on; a few seconds old, and a
   * yes when it cannot be told.
   */
  async mayCall(tenant: string): Promise<boolean> {
    return this.#hints.has(tenant);
  }

  /**
   * The subscription to store in a new record.
   *
   * @throws {ScoringError} `invalid_input` when the endpoint is none of the tenant's, or is disabled
   */
  async subscribe(
    wanted: WantedWebhook | undefined,
    tenant: string,
  ): Promise<Subscription | undefined> {
    if (wanted === undefined) return undefined;
    if (wanted.endpoint !== undefined) {
      const found = await this.find(wanted.endpoint, tenant);
      const why = found === undefined ? "is not one of your endpoints" : "is disabled";
      if (found === undefined || found.endpoint.disabled !== undefined) {
        throw fault("invalid_input", "/webhook/endpoint", why);
      }
    }
    return subscriptionOf(wanted, tenant);
  }

  /** @returns undefined for another tenant's id; when it is ours and not there, `gone` or `lost` */
  async delivery(
    id: string,
    tenant: string,
  ): Promise<DeliveryView | "gone" | typeof LOST | undefined> {
    const isOurs =
      DELIVERY_ID.test(id) && this.#options.ids.verify(id.slice(0, 30), tenant) !== undefined;
    if (!isOurs) return undefined;
    const delivery = await reach(readDelivery(this.#options.redis, id));
    if (delivery === undefined) return this.#options.wasLost(id) ? LOST : "gone";
    return delivery.tenant === tenant ? delivery : undefined;
  }

  /** Of a job or batch that the caller may see, oldest first. */
  async deliveriesOf(id: string): Promise<readonly DeliveryView[]> {
    return reach(readDeliveriesOf(this.#options.redis, id));
  }

  /** @param onlyDead dead ones are listed by themselves */
  async entries(
    tenant: string,
    onlyDead: boolean,
    window: ListingWindow,
  ): Promise<readonly ListingEntry[]> {
    return reach(listDeliveries(this.#options.redis, tenant, onlyDead, window));
  }

  async read(ids: readonly string[]): Promise<readonly (DeliveryView | undefined)[]> {
    return reach(Promise.all(ids.map(async (id) => readDelivery(this.#options.redis, id))));
  }

  async again(id: string): Promise<AgainVerdict> {
    return reach(deliverAgain(this.#options.redis, id));
  }
}

const DELIVERY_ID = /^evt_[0-9a-z]{26}(?:_\w{1,40})?$/;
