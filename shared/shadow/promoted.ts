import {
  bucketCounts,
  VARIANTS_MAX,
  type Definition,
  type Variant,
} from "../endpoint/definition.ts";
import { nextShare } from "../endpoint/verdict/steps.ts";
import type { Verdict } from "../endpoint/verdict/verdict.ts";

/** What a verdict makes of an endpoint: traffic moves between the live variant and the candidate, all other stays. */
export interface Promotion {
  readonly definition: Definition;
  /** In percent, of the candidate. */
  readonly from: number;
  readonly to: number;
}

/**
 * The shadow's version becomes a variant, under the shadow's name unless another one has it, and takes its share
 * from the variant that it stands beside: no more than that has.
 *
 * @param definition whose `compare` says `automatic`
 * @returns undefined when nothing is to change
 */
export function promoted(definition: Definition, verdict: Verdict): Promotion | undefined {
  const { variants, shadows, compare } = definition;
  const [shadow] = shadows;
  const live = variants.find(({ name }) => shadow?.of === undefined || shadow.of.includes(name));
  if (shadow === undefined || live === undefined || compare.promote === "manual") return undefined;
  const others = variants.filter((it) => it !== live);
  const known =
    others.find(({ name }) => name === shadow.name) ??
    others.find(({ model }) => model === shadow.model);
  if (known === undefined && variants.length === VARIANTS_MAX) return undefined;
  const { name, model } = shadow;
  const candidate: Variant = known ?? { name, model, share: 0, type: "treatment" };
  const counts = bucketCounts(definition);
  const has = counts.get(candidate.name) ?? 0;
  const both = has + (counts.get(live.name) ?? 0);
  const wanted = Math.min(both, Math.round(100 * nextShare(compare.steps, has / 100, verdict)));
  if (wanted === has) return undefined;
  const shares = new Map([
    [live.name, (both - wanted) / 100],
    [candidate.name, wanted / 100],
  ]);
  const all = known === undefined ? [...variants, candidate] : variants;
  return {
    from: has / 100,
    to: wanted / 100,
    definition: {
      ...definition,
      variants: all.map((it) => ({ ...it, share: shares.get(it.name) ?? it.share })),
      // One that named none stood beside the only variant there was.
      shadows: [{ ...shadow, of: [live.name] }],
      // What the shares leave over must not go to what has just lost them.
      default:
        definition.default === candidate.name && wanted < has ? live.name : definition.default,
    },
  };
}
