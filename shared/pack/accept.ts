import type { Redis } from "ioredis";
import { IDEMPOTENCY_SECONDS } from "../job/idempotency.ts";
import { packLimits } from "../job/limits.ts";
import { QUOTA_ARGS, type Quota } from "../job/quota.ts";
import type { NewJob } from "../job/new-job.ts";
import { viaText } from "../job/view.ts";
import { laneName, type Lane } from "../lane.ts";
import { flowFields, pauseFunctions, wakeFunctions } from "../lane/flow.ts";
import { keysForPack } from "../redis/keys.ts";
import { recentFunctions } from "../redis/recent.ts";
import { asList, asNumber, asText, script, type Reply } from "../redis/script.ts";
import { packSubscription } from "../webhook/subscription.ts";
import { INLINE_BYTES_MAX, PACK_VERSION, packFields, seatFields } from "./record.ts";

/** What became of a job. All but `accepted` stored nothing. */
export type Verdict =
  /** Jobs of the lane that had not ended when it came. */
  | { readonly kind: "accepted"; readonly ahead: number; readonly createdAtMs: number }
  /** The key of the request is bound to this job. */
  | { readonly kind: "replayed"; readonly id: string }
  | { readonly kind: RefusalKind };

/** With their letters in `accept.lua`. */
const refusalKinds = [
  ["k", "key_reused"],
  /** Its lane is paused, and refuses. */
  ["p", "paused"],
  ["q", "queue_full"],
  ["t", "tenant_full"],
  ["i", "input_lost"],
  /** Another pack has the name: two gateways drew the same. */
  ["c", "collision"],
] as const;

export type RefusalKind = (typeof refusalKinds)[number][1];

const refusals: ReadonlyMap<string, RefusalKind> = new Map(refusalKinds);

/** How long a payload of its own may wait for its accept, in seconds; accept lifts the limit. */
export const CLAIM_SECONDS = 600;

/** Jobs that share a header, which is that of the first. */
export interface NewPack {
  /** 21 digits (`id.ts`). */
  readonly name: string;
  /** Drawn for it: an accept that is sent twice is told by it from another one under this name. */
  readonly nonce: string;
  /** By index: their ids say so, too. */
  readonly jobs: readonly NewJob[];
  /** Whoever made them waits for them without a key, and takes the results along. */
  readonly isTaken: boolean;
}

export interface AcceptOptions {
  readonly lane: Lane;
  readonly packs: readonly NewPack[];
  readonly quota: Quota;
}

export interface Accepted {
  /** Of each pack, a verdict a job. */
  readonly verdicts: readonly (readonly Verdict[])[];
  /** The lane needs a shift, which the caller adds. */
  readonly arm: boolean;
}

const acceptScript = script(new URL("./accept.lua", import.meta.url), {
  behind: [recentFunctions, pauseFunctions, wakeFunctions],
  keys: ["flow", "outstanding", "load", "ready", "due", "recent"],
  args: ["lane", ...QUOTA_ARGS, "packVersion", "idempotencySeconds"],
  each: {
    keys: ["key"],
    /**
     * `owners`: a character a job, '' when all are of one tenant. `flags`: `t` its results are taken
     * along, `l` its payload has a key of its own. `via`: what chose the model, or ''. `inputs`: payloads,
     * '' with `l`. `extras`: JSON of what jobs have beside the common, `[index, scope and fingerprint of
     * its idempotency key, id, parameters, metadata, webhook]` each and, where there are such, a trace and a
     * parent; or ''.
     * `parameters`: those of all jobs, or ''.
     */
    args: [
      "name",
      "nonce",
      "tags",
      "limits",
      "form",
      "rows",
      "count",
      "tenants",
      "owners",
      "sizes",
      "waiters",
      "flags",
      "via",
      "inputs",
      "parameters",
      "extras",
    ],
  },
  reads: {
    readFlow: flowFields.pick(
      "accepted",
      "over",
      "bytes",
      "armed",
      "attendant",
      "arrivedSinceMs",
      "arrived",
      "arrivalRate",
      "pausedAtMs",
      "refuses",
      "stoodMs",
    ),
    readPack: packFields.pick("nonce", "createdAtMs", "number", "refusals"),
  },
  writes: { PACK: packFields, SEAT: seatFields, FLOW: flowFields },
});

/**
 * Makes packs of one lane and one partition durable in one step.
 *
 * @throws when Redis refused (its reply names why), or when its reply was lost
 */
export async function accept(
  redis: Redis,
  { lane, packs, quota }: AcceptOptions,
): Promise<Accepted> {
  const [first] = packs;
  if (first === undefined) return { verdicts: [], arm: false };
  const keys = keysForPack(first.name);
  const reply = await acceptScript.run(redis, {
    flow: keys.flow(lane),
    outstanding: keys.outstanding(lane),
    load: keys.load(lane),
    ready: keys.ready(lane),
    due: keys.due,
    // Shadows alone wake nobody from zero: what a scaler reads does not hear of them.
    recent: keys.recent(lane.class === "shadow" ? laneName(lane) : lane.model),
    lane: laneName(lane),
    ...quota,
    packVersion: PACK_VERSION,
    idempotencySeconds: IDEMPOTENCY_SECONDS,
    items: packs.map((pack) => ({ key: keys.pack(pack.name), ...packArgs(pack) })),
  });
  const [arm, ...answers] = asList(reply);
  return { verdicts: answers.map((it) => verdictsOf(it)), arm: asNumber(arm) === 1 };
}

function packArgs({ name, nonce, jobs, isTaken }: NewPack) {
  const [head] = jobs;
  if (head === undefined) throw new TypeError("a pack without jobs");
  const tenants = [...new Set(jobs.map(({ tenant }) => tenant))];
  const waiters = new Set(jobs.flatMap(({ waiter }) => waiter ?? []));
  const isLarge = isLargePayload(head.payload);
  const isAlike = jobs.every(({ parameters }) => parameters === head.parameters);
  const common = isAlike ? head.parameters : NO_PARAMETERS;
  const extras = jobs.flatMap((job, index) => extraOf(job, index, common));
  return {
    name,
    nonce,
    tags: jobs.map(({ id }) => id.slice(-TAG_DIGITS)).join(""),
    limits: packLimits(head.limits),
    form: head.form === "one" ? "1" : "n",
    rows: head.rows,
    count: jobs.length,
    tenants: tenants.join(" "),
    owners: tenants.length === 1 ? "" : ownersOf(jobs, tenants),
    sizes: jobs.map(({ payload }) => payload.length).join(" "),
    waiters: [...waiters].join(" "),
    flags: `${isTaken ? "t" : ""}${isLarge ? "l" : ""}`,
    via: viaText(head.via),
    inputs: isLarge ? "" : Buffer.concat(jobs.map(({ payload }) => payload)),
    parameters: common === NO_PARAMETERS ? "" : common,
    extras: extras.length === 0 ? "" : JSON.stringify(extras),
  };
}

/** Its payload gets a key of its own, written before accept (claim check), and it is a pack of one. */
export function isLargePayload(payload: Buffer): boolean {
  return payload.length > INLINE_BYTES_MAX;
}

/** At the end of an id. */
const TAG_DIGITS = 4;
const OWNER_ZERO = 48;

function ownersOf(jobs: readonly NewJob[], tenants: readonly string[]): string {
  const codes = jobs.map(({ tenant }) => OWNER_ZERO + tenants.indexOf(tenant));
  return String.fromCodePoint(...codes);
}

const NO_PARAMETERS = "{}";

function extraOf(
  job: NewJob,
  index: number,
  common: string,
): readonly (readonly (string | number)[])[] {
  const { id, idempotency, parameters, metadata, webhook, trace, parent } = job;
  const fields = [
    parameters === common ? "" : parameters,
    metadata ?? "",
    webhook === undefined ? "" : packSubscription(webhook),
    ...(trace === undefined && parent === undefined ? [] : [trace ?? ""]),
    ...(parent === undefined ? [] : [parent]),
  ];
  if (idempotency === undefined && fields.every((text) => text === "")) return [];
  const { scope = "", fingerprint = "" } = idempotency ?? {};
  return [[index, scope, fingerprint, id, ...fields]];
}

function verdictsOf(reply: Reply): readonly Verdict[] {
  const [created, ahead, letters, ...replayed] = asList(reply);
  const createdAtMs = asNumber(created) ?? 0;
  let next = asNumber(ahead) ?? 0;
  return Array.from(asText(letters) ?? "", (letter): Verdict => {
    if (letter === "a") return { kind: "accepted", ahead: next++, createdAtMs };
    if (letter === "r") return replayedVerdict(asText(replayed.shift()));
    return { kind: refusalOf(letter) };
  });
}

/** A key that was freed between an accept and its resend stands for nothing any more; nothing was stored. */
function replayedVerdict(id: string | undefined): Verdict {
  return id ? { kind: "replayed", id } : { kind: "input_lost" };
}

function refusalOf(letter: string): RefusalKind {
  const kind = refusals.get(letter);
  if (kind === undefined) throw new TypeError(`script answered ${letter}`);
  return kind;
}
