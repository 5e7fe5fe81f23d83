import {
  bucketCounts,
  BUCKETS,
  hundredths,
  type Shares,
} from "../../shared/endpoint/definition.ts";
import { CommandError, UsageError } from "../terminal/command.ts";
import type { Endpoint } from "./endpoint.ts";

/** How an endpoint divides its requests. */
type Traffic = Pick<Endpoint, "name" | "variants" | "default">;

/** `blue=80`, `green=20.25` by name. @throws {UsageError} when one is no such text, or is there twice */
export function readShares(words: readonly string[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const word of words) {
    const [, name = "", percent] = /^([^=]+)=(\d{1,3}(?:\.\d{1,2})?)%?$/.exec(word) ?? [];
    if (percent === undefined) {
      throw new UsageError(`"${word}" is not VARIANT=PERCENT, such as blue=80 or green=0.25`);
    }
    if (shares.has(name)) throw new UsageError(`${name} is there twice`);
    shares.set(name, Number(percent));
  }
  return shares;
}

/**
 * Variants that are not named keep their share; the default, unless it is named, gets what is left.
 *
 * @throws {CommandError} for a variant that there is not, or shares of more than 100 %
 */
export function sharedAs(traffic: Traffic, wanted: ReadonlyMap<string, number>): Shares {
  for (const name of wanted.keys()) demandVariant(traffic, name);
  const { variants, default: chosen } = traffic;
  const shares = new Map(
    variants.map(({ name, share }) => [name, wanted.get(name) ?? (name === chosen ? 0 : share)]),
  );
  const sum = [...shares.values()].reduce((total, share) => total + hundredths(share), 0);
  if (sum > BUCKETS) {
    const all = [...shares].map(([name, share]) => `${name}=${share}`).join(" ");
    throw new CommandError(`${all} sum to ${sum / 100} %; those you do not name keep their share`);
  }
  if (!wanted.has(chosen)) shares.set(chosen, (BUCKETS - sum) / 100);
  return withShares(traffic, shares, chosen);
}

/** All to one variant, which is the default from then on. @throws {CommandError} when it is not there */
export function promoted(traffic: Traffic, name: string): Shares {
  demandVariant(traffic, name);
  return withShares(traffic, new Map([[name, 100]]), name);
}

/** What was before the last change. @throws {CommandError} when it never changed */
export function before({ name, history: [last] }: Pick<Endpoint, "name" | "history">): Shares {
  if (last === undefined) throw new CommandError(`the traffic of ${name} has never changed`);
  return { variants: last.variants, default: last.default };
}

/** `blue 80 %, green 20 %`: what each gets. */
export function trafficText(shares: Shares): string {
  return [...bucketCounts(shares)].map(([name, count]) => `${name} ${count / 100} %`).join(", ");
}

function withShares(
  { variants }: Traffic,
  shares: ReadonlyMap<string, number>,
  chosen: string,
): Shares {
  const all = variants.map((variant) => ({ ...variant, share: shares.get(variant.name) ?? 0 }));
  return { variants: all, default: chosen };
}

function demandVariant({ name: endpoint, variants }: Traffic, name: string): void {
  if (variants.some((variant) => variant.name === name)) return;
  const known = variants.map((variant) => variant.name).join(", ");
  throw new CommandError(`${endpoint} has no variant "${name}". It has: ${known}`);
}
