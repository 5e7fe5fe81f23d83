import type { Clock } from "../../shared/clock.ts";
import { fault, ScoringError } from "../../shared/error.ts";
import type { IdFactory } from "../../shared/id.ts";
import { LOST } from "../../shared/job/view.ts";
import type { Logger } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { asking, type Ask } from "../../shared/redis/reach.ts";
import { pingEndpoint } from "../../shared/webhook/deliveries.ts";
import { readDelivery } from "../../shared/webhook/delivery-log.ts";
import type { DeliveryView } from "../../shared/webhook/delivery.ts";
import {
  changeEndpoint,
  createEndpoint,
  ENDPOINTS_MAX,
  hasEndpoints,
  readEndpoint,
  readHealth,
  type Endpoint,
  type EndpointHealth,
  type EndpointTerms,
} from "../../shared/webhook/endpoints.ts";
import { firstSecret } from "../../shared/webhook/secret.ts";
import type { ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import type { Subscription } from "../../shared/webhook/subscription.ts";
import { EndpointHints } from "./endpoint-hints.ts";
import { subscriptionOf, type WantedWebhook } from "./webhook-member.ts";

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

/** What the routes of webhooks work with. */
export interface WebhookServices {
  readonly webhooks: WebhookStore;
  /** Which URLs webhooks may be sent to. */
  readonly receivers: ReceiverPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Webhook endpoints and deliveries of a tenant, for routes. Ids of other tenants do not exist. Every
 * method throws `service_unavailable` without Redis.
 */
export class WebhookStore {
  readonly #options: WebhookStoreOptions;
  readonly #hints: EndpointHints;
  /** Calls what of `shared/webhook` needs nothing more than Redis. */
  readonly ask: Ask;

  constructor(options: WebhookStoreOptions) {
    this.#options = options;
    const { redis, clock } = options;
    this.#hints = new EndpointHints(async (tenant) => hasEndpoints(redis, tenant), clock);
    this.ask = asking(redis, "Webhooks cannot be looked up at the moment.");
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
    if (await this.ask(createEndpoint, endpoint)) {
      this.#hints.forget(tenant);
      return { endpoint, health: { failures: 0, failingSinceMs: undefined } };
    }
    const message = `You have ${ENDPOINTS_MAX} webhook endpoints, the most allowed; delete one first.`;
    throw new ScoringError("endpoint_limit", message);
  }

  async find(id: string, tenant: string): Promise<ShownEndpoint | undefined> {
    const isOurs = id.startsWith("whk_") && this.#options.ids.verify(id, tenant) !== undefined;
    const endpoint = isOurs ? await this.ask(readEndpoint, id) : undefined;
    return endpoint?.tenant === tenant ? this.show(endpoint) : undefined;
  }

  async show(endpoint: Endpoint): Promise<ShownEndpoint> {
    return { endpoint, health: await this.ask(readHealth, endpoint.id) };
  }

  /** @returns false when it has been deleted meanwhile */
  async change(endpoint: Endpoint, terms: EndpointTerms): Promise<boolean> {
    const nowMs = this.#options.clock.now();
    const isChanged = await this.ask(changeEndpoint, endpoint, terms, nowMs);
    this.#hints.forget(endpoint.tenant);
    return isChanged;
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
    return (await this.ask(pingEndpoint, { id, endpoint, tenant })) ? id : undefined;
  }

  /**
   * Whether an endpoint of the tenant's may be called when a job of its moves on; a few seconds old, and a
   * yes when it cannot be told. At once where it is known.
   */
  mayCall(tenant: string): boolean | Promise<boolean> {
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
    const { ids, wasLost } = this.#options;
    const isOurs = DELIVERY_ID.test(id) && ids.verify(id.slice(0, 30), tenant) !== undefined;
    if (!isOurs) return undefined;
    const delivery = await this.ask(readDelivery, id);
    if (delivery === undefined) return wasLost(id) ? LOST : "gone";
    return delivery.tenant === tenant ? delivery : undefined;
  }
}

const DELIVERY_ID = /^evt_[0-9a-z]{26}(?:_\w{1,40})?$/;
