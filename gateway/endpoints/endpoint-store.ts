import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { readCaptureState } from "../../shared/capture/captures.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Definition } from "../../shared/endpoint/definition.ts";
import { ENDPOINTS_MAX, putEndpoint, type Endpoint } from "../../shared/endpoint/endpoints.ts";
import { ScoringError } from "../../shared/error.ts";
import type { Logger } from "../../shared/log.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { reachOr } from "../../shared/redis/reach.ts";
import type { EndpointView } from "../routing/endpoint-view.ts";
import { audit } from "../access/audit.ts";
import type { Caller } from "../access/caller.ts";

const reach = reachOr("Endpoints cannot be read or changed at the moment.");
/** Others change the same endpoint at the same moment at most so often in a row. */
const TRIES = 20;

export interface EndpointStoreOptions {
  readonly redis: Redis;
  readonly view: EndpointView;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Change {
  readonly name: string;
  readonly by: Caller;
  /** Whether it may be changed as it is; throws when not. */
  readonly check: (before: Endpoint | undefined) => void;
  /** What it is to be; undefined deletes it. */
  readonly definition: (before: Endpoint | undefined) => Definition | undefined;
}

export interface Changed {
  readonly before: Endpoint | undefined;
  /** Undefined when it is deleted. */
  readonly after: Endpoint | undefined;
}

/** Endpoints as all gateways share them. Every method throws `service_unavailable` without Redis. */
export class EndpointStore {
  readonly #options: EndpointStoreOptions;
  #captureHeardUntilMs = 0;

  constructor(options: EndpointStoreOptions) {
    this.#options = options;
  }

  /** As it is now. */
  async read(name: string): Promise<Endpoint | undefined> {
    await reach(this.#refresh());
    return this.#options.view.find(name);
  }

  /** As they are now, by name. */
  async list(): Promise<readonly Endpoint[]> {
    await reach(this.#refresh());
    return this.#options.view.all;
  }

  /** Whether a courier lived at the last look that writes what is captured. */
  get isCaptureHeard(): boolean {
    return this.#captureHeardUntilMs > this.#options.clock.now();
  }

  async #refresh(): Promise<void> {
    const { redis, view } = this.#options;
    const [capture] = await Promise.all([readCaptureState(redis), view.refresh()]);
    this.#captureHeardUntilMs = capture.heardUntilMs ?? 0;
  }

  /**
   * Changes it as it is now, and again when somebody else was quicker. This gateway knows of it at
   * once, and others within two seconds.
   *
   * @throws {ScoringError} what `change` throws; `endpoints_full`
   */
  async change(change: Change): Promise<Changed> {
    const { redis, view, clock, logger } = this.#options;
    const { name, by } = change;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const before = await this.read(name);
      change.check(before);
      const definition = change.definition(before);
      // What changes nothing makes no revision, and no line of who did it.
      if (before !== undefined && isDeepStrictEqual(definition, before.definition)) {
        return { before, after: before };
      }
      const put = { name, before, definition, nowMs: clock.now(), token: randomUUID() };
      const verdict = await reach(putEndpoint(redis, put));
      if (verdict === "full") {
        const message = `There are already ${ENDPOINTS_MAX} endpoints, the most allowed.`;
        throw new ScoringError("endpoints_full", message);
      }
      if (verdict === "changed") continue;
      await reach(view.refresh());
      const after = definition && view.find(name);
      const states = { before: before?.definition, after: definition };
      audit(logger, by, "endpoint changed", { of: { endpoint: name }, ...states });
      return { before, after };
    }
    throw new ScoringError(
      "service_unavailable",
      "The endpoint keeps being changed by others; try again.",
    );
  }
}
