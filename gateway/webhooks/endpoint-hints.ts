import type { Clock } from "../../shared/clock.ts";

/** How old a hint may be, in ms. */
const FRESH_MS = 3000;
const TENANTS_MAX = 10_000;

interface Hint {
  readonly has: Promise<boolean>;
  readonly askedAtMs: number;
}

/**
 * Whether tenants have webhook endpoints, as it was a few seconds ago, so that not every request asks
 * Redis. It decides only which jobs share a pack: what is called is looked up when a job moves on.
 */
export class EndpointHints {
  readonly #ask: (tenant: string) => Promise<boolean>;
  readonly #clock: Clock;
  readonly #hints = new Map<string, Hint>();

  /** @param ask looks it up; what it throws is taken for a yes */
  constructor(ask: (tenant: string) => Promise<boolean>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  async has(tenant: string): Promise<boolean> {
    const known = this.#hints.get(tenant);
    const ageMs = this.#clock.now() - (known?.askedAtMs ?? -Infinity);
    if (known !== undefined && ageMs >= 0 && ageMs < FRESH_MS) return known.has;
    if (this.#hints.size >= TENANTS_MAX) this.#hints.clear();
    const has = this.#ask(tenant).catch(() => true);
    this.#hints.set(tenant, { has, askedAtMs: this.#clock.now() });
    return has;
  }

  /** A change through this process counts at once. */
  forget(tenant: string): void {
    this.#hints.delete(tenant);
  }
}
