import type { JobView } from "../job/view.ts";
import type { Redis } from "../redis/connection.ts";
import { workKeys } from "../redis/keys.ts";
import { asList, asOneOf, asText, script } from "../redis/script.ts";
import { captureFunctions } from "./capture.ts";
import { packFields, seatFields } from "./record.ts";
import { seat, seatArgs } from "./seat.ts";

const labelScript = script(new URL("./label.lua", import.meta.url), {
  behind: [seat, captureFunctions],
  keys: ["pack", "ownPack", "accuracy?"],
  args: ["index", "tenant", "label", "outcome", "seconds"],
  reads: { readLabeled: packFields.pick("via", "attempt") },
  writes: { SEAT: seatFields },
});

/** How long labels of a variant are counted after the last one, in seconds: 90 days. */
const KEPT_SECONDS = 7_776_000;

/** `unknown`: the output is not at hand, or nobody knows how to compare it. */
export type Rightness = keyof typeof LETTERS;

const LETTERS = { right: "r", wrong: "w", unknown: "u" } as const;

/** `same`: it was said before, in the same words. `open`: the job has not ended. */
export type LabelVerdict = (typeof verdicts)[number];

const verdicts = ["labeled", "same", "open", "missing"] as const;

/** What a job should have answered, as somebody found out later. */
export interface Label {
  readonly job: Pick<JobView, "id" | "tenant" | "model" | "via">;
  /** JSON. */
  readonly label: string;
  /** Whether its output was that. */
  readonly outcome: Rightness;
}

/** A shadow that was compared with the job. */
export interface ComparedShadow {
  readonly id: string;
  /** In the endpoint. */
  readonly shadow: string;
}

export interface Labeled {
  readonly verdict: LabelVerdict;
  readonly compared: readonly ComparedShadow[];
}

/**
 * Keeps it with the job, counts it for the job's variant, and has it written where the job is captured.
 * Another one takes its place.
 */
export async function labelJob(redis: Redis, { job, label, outcome }: Label): Promise<Labeled> {
  const { id, tenant, model, via } = job;
  const reply = await labelScript.run(redis, {
    ...seatArgs(id, tenant),
    accuracy: via && accuracyKey({ endpoint: via.endpoint, variant: via.variant, model }),
    label,
    outcome: LETTERS[outcome],
    seconds: KEPT_SECONDS,
  });
  const [verdict, compared] = asList(reply);
  return { verdict: asOneOf(verdict, verdicts), compared: comparedOf(asText(compared) ?? "") };
}

function comparedOf(text: string): readonly ComparedShadow[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", shadow = ""] = line.split(" ");
    return id === "" ? [] : [{ id, shadow }];
  });
}

/** A version under the name of a variant: with another version it begins anew. */
export interface LabeledVariant {
  readonly endpoint: string;
  readonly variant: string;
  /** `name@version` */
  readonly model: string;
}

function accuracyKey({ endpoint, variant, model }: LabeledVariant): string {
  return workKeys.accuracy(`${endpoint}/${variant}/${model}`);
}

/** How many outputs of a variant labels found right, and wrong. */
export async function readAccuracy(
  redis: Redis,
  variant: LabeledVariant,
): Promise<{ readonly right: number; readonly wrong: number }> {
  const found = await redis.hmget(accuracyKey(variant), LETTERS.right, LETTERS.wrong);
  const [right = 0, wrong = 0] = found.map(Number);
  return { right, wrong };
}

/** Begins anew. */
export async function resetAccuracy(redis: Redis, variant: LabeledVariant): Promise<void> {
  await redis.unlink(accuracyKey(variant));
}
