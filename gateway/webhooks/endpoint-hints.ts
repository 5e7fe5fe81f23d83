import type { Clock } from "../../shared/clock.ts";
import { Kept } from "../../shared/kept.ts";

/** How old a hint may be, in ms. */
const FRESH_MS = 3000;
const TENANTS_MAX = 10_000;

/**
 * Whether tenants have webhook endpoints, as it was a few seconds ago, so that not every request asks
 * Redis. It decides only which jobs share a pack: what is called is looked up when a job moves on. A
 * change through this process counts at once, by `forget`.
 */
export class EndpointHints extends Kept<boolean> {
  /** @param ask looks it up; what it throws is taken for a yes */
  constructor(ask: (tenant: string) => Promise<boolean>, clock: Clock) {
    const find = async (tenant: string): Promise<boolean> => ask(tenant).catch(() => true);
    super(find, FRESH_MS, () => clock.now(), TENANTS_MAX);
  }

  /** @returns at once when a hint is there */
  has(tenant: string): boolean | Promise<boolean> {
    return this.atOnce(tenant);
  }
}
