import type { Figures } from "./figures.ts";
import type { CompareSettings } from "./settings.ts";
import type { PairedShares } from "./shares.ts";
import { inMs, inNumbers, inPairs, inPercent } from "./words.ts";

export const verdicts = ["better", "same", "worse", "undecided"] as const;
export type Verdict = (typeof verdicts)[number];

/** What one figure says, and why. */
interface Finding {
  readonly says: "better" | "fine" | "worse" | "open";
  readonly reason: string;
}

type Limits = Pick<
  CompareSettings,
  "agreement_min" | "judge_by" | "error_max" | "p95_ratio_max" | "pairs_min"
>;

export interface Judgement {
  readonly verdict: Verdict;
  /** Sentences: what decided, or what is open. */
  readonly reasons: readonly string[];
}

/**
 * - `worse`: one figure surely is, at any time.
 * - `undecided`: there are too few pairs, or a figure that may still be worse.
 * - `better`: it surely errs or fails less often, and nothing is worse.
 * - `same`: nothing is worse than the settings allow.
 */
export function judge(figures: Figures, limits: Limits): Judgement {
  const findings = findingsOf(figures, limits);
  const saying = (says: Finding["says"]): readonly string[] =>
    findings.filter((finding) => finding.says === says).map(({ reason }) => reason);
  const [worse, open, better] = [saying("worse"), saying("open"), saying("better")];
  const few = figures.pairs < limits.pairs_min ? [fewPairs(figures, limits)] : [];
  if (worse.length > 0) return { verdict: "worse", reasons: worse };
  if (few.length + open.length > 0) return { verdict: "undecided", reasons: [...few, ...open] };
  if (better.length > 0) return { verdict: "better", reasons: better };
  return { verdict: "same", reasons: saying("fine") };
}

/** Of all pairs, from which on their truth says more than whether outputs agree; or `pairs_min`, if that is less. */
const KNOWN_SHARE = 0.1;

function findingsOf(figures: Figures, limits: Limits): Finding[] {
  const { errors, failures, agreement, latency } = figures;
  const known = errors?.pairs ?? 0;
  const enough = Math.min(limits.pairs_min, KNOWN_SHARE * figures.pairs);
  const isKnown = limits.judge_by === "truth" || (known > 0 && known >= enough);
  const wrong = errors === undefined ? [] : [mishaps("was wrong", errors, limits)];
  return [
    // A few labels must not keep a verdict open.
    ...wrong.filter(({ says }) => isKnown || says === "worse"),
    ...(limits.judge_by === "truth" && known < limits.pairs_min ? [untold(known, limits)] : []),
    ...(failures === undefined ? [] : [mishaps("failed", failures, limits)]),
    // A better version gives other outputs where the live one is wrong: labels say more.
    ...(isKnown || agreement === undefined ? [] : [agreeing(agreement, limits)]),
    ...(latency === undefined ? [] : [lasting(latency, limits)]),
  ];
}

function fewPairs({ pairs }: Figures, { pairs_min: least }: Limits): string {
  return `A verdict needs ${inPairs(least)}, and so far there ${pairs === 1 ? "is" : "are"} ${inNumbers(pairs)}.`;
}

function untold(known: number, { pairs_min: least }: Limits): Finding {
  const need = `A verdict needs the truth of ${inPairs(least)}`;
  return { says: "open", reason: `${need}, and so far that of ${inNumbers(known)} is known.` };
}

/** Surely more often is not enough for `worse`: a difference below the limit is not worth an alarm. */
function mishaps(
  what: string,
  { pairs, sides, excess }: PairedShares,
  { error_max: most }: Limits,
): Finding {
  const shares =
    `The candidate ${what} in ${inPercent(sides.candidate.estimate)} of ${inPairs(pairs)}, ` +
    `the live version in ${inPercent(sides.live.estimate)}`;
  if (excess.low > 0 && excess.estimate > most) {
    return { says: "worse", reason: `${shares}: surely more often.` };
  }
  if (excess.high < 0) return { says: "better", reason: `${shares}: surely less often.` };
  const limit = `more often in over ${inPercent(most)} of all pairs`;
  if (excess.high <= most) return { says: "fine", reason: `${shares}: surely not ${limit}.` };
  return { says: "open", reason: `${shares}: it may still be ${limit}.` };
}

function agreeing(
  { estimate, low, high, pairs }: NonNullable<Figures["agreement"]>,
  { agreement_min: least }: Limits,
): Finding {
  const share = `The outputs agree in ${inPercent(estimate)} of ${inPairs(pairs)}`;
  const limit = `the ${inPercent(least)} that the endpoint asks for`;
  if (high < least) return { says: "worse", reason: `${share}: surely below ${limit}.` };
  if (low >= least) return { says: "fine", reason: `${share}: surely not below ${limit}.` };
  return { says: "open", reason: `${share}: it may still be above or below ${limit}.` };
}

/** How long runs take cannot be told closer than a bin: what is within the limit so far is fine. */
function lasting(
  { p95Ms, ratio }: NonNullable<Figures["latency"]>,
  { p95_ratio_max: most }: Limits,
): Finding {
  const [candidate, live] = [inMs(p95Ms.candidate.estimate), inMs(p95Ms.live.estimate)];
  const times =
    `95 % of the candidate's runs take up to ${candidate}, of the live version's ${live}: ` +
    `${inNumbers(ratio.estimate)} times as long`;
  const limit = `${inNumbers(most)} times`;
  if (ratio.low > most) return { says: "worse", reason: `${times}, surely over ${limit}.` };
  if (ratio.estimate <= most) return { says: "fine", reason: `${times}, and ${limit} is allowed.` };
  return { says: "open", reason: `${times}, but not yet surely over the ${limit} allowed.` };
}
