import type { EndpointJson } from "../../../endpoints/endpoint-json.ts";

type Variant = EndpointJson["variants"][number];
type Earlier = EndpointJson["history"][number];

/** Percent that each variant gets, by name; together 100. */
export type Shares = ReadonlyMap<string, number>;

/** What a request to change the traffic says. */
export interface TrafficBody {
  readonly variants: readonly Pick<Variant, "name" | "model" | "share" | "type">[];
  readonly default: string;
}

/** What each variant gets now. */
export function sharesOf({ variants }: Pick<EndpointJson, "variants">): Shares {
  return new Map(variants.map(({ name, traffic }) => [name, traffic]));
}

/** What each got before: the default also had what the shares left over. */
export function earlierShares({ variants, default: chosen }: Earlier): Shares {
  const shares = new Map(variants.map(({ name, share }) => [name, hundredths(share)]));
  return shared(shares.set(chosen, (shares.get(chosen) ?? 0) + WHOLE - sumOf(shares)));
}

/**
 * Gives a variant a share, and takes the difference from the others: from the default first, then from the
 * rest, as their shares are. The default's own is taken from all the others.
 *
 * @param percent 0 to 100 @returns shares that sum to 100 again
 */
export function moved(
  before: Shares,
  { name, percent }: { readonly name: string; readonly percent: number },
  chosen: string,
): Shares {
  const shares = new Map([...before].map(([it, share]) => [it, hundredths(share)]));
  if (shares.size < 2) return before;
  const wanted = Math.min(Math.max(hundredths(percent), 0), WHOLE);
  const rest = WHOLE - wanted;
  const others = [...shares.keys()].filter((it) => it !== name);
  shares.set(name, wanted);
  const open = rest - others.reduce((sum, it) => sum + (shares.get(it) ?? 0), 0);
  const given = others.includes(chosen) ? fitted(shares, chosen, open) : 0;
  spread(shares, others, open - given);
  return shared(shares);
}

/** Lets one take what is open, or give what is missing, as far as it has it. @returns how much that was */
function fitted(shares: Map<string, number>, name: string, open: number): number {
  const has = shares.get(name) ?? 0;
  const given = Math.max(open, -has);
  shares.set(name, has + given);
  return given;
}

/** Adds hundredths to the others, as their shares are; to the first where they have none. */
function spread(shares: Map<string, number>, others: readonly string[], open: number): void {
  let whole = others.reduce((sum, it) => sum + (shares.get(it) ?? 0), 0);
  let left = open;
  for (const [i, name] of others.entries()) {
    const has = shares.get(name) ?? 0;
    const even = whole === 0 ? (i === 0 ? left : 0) : Math.round((left * has) / whole);
    shares.set(name, has + even);
    whole -= has;
    left -= even;
  }
}

/** The variants whose share changes, with both figures. */
export function changesBetween(
  before: Shares,
  after: Shares,
): readonly { readonly name: string; readonly from: number; readonly to: number }[] {
  return [...after]
    .map(([name, to]) => ({ name, from: before.get(name) ?? 0, to }))
    .filter(({ from, to }) => from !== to);
}

/** `blue 80 %, green 20 %` */
export function sharesText(shares: Shares): string {
  return [...shares].map(([name, percent]) => `${name} ${percent} %`).join(", ");
}

/** As a request says it. */
export function bodyWith({ variants, default: chosen }: EndpointJson, shares: Shares): TrafficBody {
  const all = variants.map(({ name, model, type }) => ({
    name,
    model,
    type,
    share: shares.get(name) ?? 0,
  }));
  return { variants: all, default: chosen };
}

/** All to one variant, which is the default from then on; one that is new is added. */
export function promoted(
  { variants }: EndpointJson,
  { name, model }: Pick<Variant, "name" | "model">,
): TrafficBody {
  const isThere = variants.some((it) => it.name === name);
  const all = [...variants, ...(isThere ? [] : [{ name, model, type: "treatment" as const }])];
  const share = (it: string): number => (it === name ? 100 : 0);
  return {
    variants: all.map((it) => ({
      name: it.name,
      model: it.model,
      type: it.type,
      share: share(it.name),
    })),
    default: name,
  };
}

const WHOLE = 10_000;

function hundredths(percent: number): number {
  return Math.round(percent * 100);
}

function sumOf(shares: ReadonlyMap<string, number>): number {
  return [...shares.values()].reduce((sum, it) => sum + it, 0);
}

/** In percent. */
function shared(shares: ReadonlyMap<string, number>): Shares {
  return new Map([...shares].map(([name, share]) => [name, share / 100]));
}
