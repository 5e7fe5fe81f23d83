import type { Figures } from "./tally.ts";

/** What a load was put on, and what is wanted of it. */
export interface Situation {
  /** Of the manifest. */
  readonly maxBatchSize: number;
  /** Workers that served the version, ready. */
  readonly workers: number;
  /** Whether the load was all that could be had: clients that wait for each other's answers. */
  readonly isSaturated: boolean;
  /** Of a request's body, on average. */
  readonly inputBytes: number;
  /** Jobs a second that are wanted. */
  readonly target: number | undefined;
  /** Jobs that may be queued. */
  readonly depth: number;
}

/** What was measured, turned into what to set; docs/scaling.md explains the arithmetic. */
export interface Advice {
  /** Replicas like those that were there; undefined without a target. */
  readonly replicas: number | undefined;
  /** Slots that would be busy; undefined without a target. */
  readonly slots: number | undefined;
  /** Bytes of Redis for the queued jobs, at most. */
  readonly redisBytes: number;
  /** All in a line. */
  readonly text: string;
}

/** What Redis needs for a queued job beside its input, in bytes; less when many come at a time. */
export const QUEUED_JOB_BYTES = 850;

/** From this share on a batch counts as full. */
const FULL = 0.8;

/** A worker has a slot at least; below this share of it the time goes elsewhere. */
const BUSY = 0.5;

/** @param figures of jobs of which one at least has succeeded */
export function adviceOf(figures: Figures, situation: Situation): Advice {
  const { target, depth, inputBytes } = situation;
  const { slots, replicas } = target === undefined ? {} : needsOf(target, figures, situation);
  const redisBytes = depth * (inputBytes + QUEUED_JOB_BYTES);
  const mostly = figures.slotsBusy < BUSY * Math.max(1, situation.workers) ? "idle" : "busy";
  const parts = [
    batchText(figures, situation),
    slotText(figures, mostly),
    ...(target === undefined ? [] : [targetText(target, { slots, replicas }, mostly)]),
    `${depth.toLocaleString("en-US")} queued jobs take up to ${sizeText(redisBytes)} of Redis`,
  ];
  return { replicas, slots, redisBytes, text: `${parts.join("; ")}.` };
}

/**
 * Slots by the time that a job takes of one. Replicas by what one did, which only clients tell that
 * wait for their answers: at a given rate the rest of what it could do is not seen.
 */
function needsOf(
  target: number,
  { perSecond, slotsBusy }: Figures,
  { workers, isSaturated }: Situation,
): { readonly slots: number; readonly replicas: number | undefined } {
  const slots = Math.max(1, Math.ceil((target * slotsBusy) / perSecond));
  if (!isSaturated || workers === 0) return { slots, replicas: undefined };
  return { slots, replicas: Math.max(1, Math.ceil((target * workers) / perSecond)) };
}

function targetText(
  target: number,
  { slots = 0, replicas }: Partial<Pick<Advice, "slots" | "replicas">>,
  mostly: "idle" | "busy",
): string {
  const busy = `${target} jobs a second keep ${counted(slots, "slot")} busy`;
  if (replicas === undefined) return busy;
  const most = mostly === "idle" ? "at most " : "";
  return `${busy}, and take ${most}${counted(replicas, "replica")} like those here`;
}

function batchText({ batchSize }: Figures, { maxBatchSize }: Situation): string {
  if (maxBatchSize === 1) return "batches hold one row";
  const held = `batches held ${batchSize.toFixed(1)} of ${maxBatchSize} rows`;
  if (batchSize < FULL * maxBatchSize) return `${held}, so a larger max_batch_size gains nothing`;
  return `${held}: see with scoreline models check whether a larger max_batch_size pays`;
}

function slotText({ slotsBusy, phasesMs }: Figures, mostly: "idle" | "busy"): string {
  const busy = `${counted(Number(slotsBusy.toFixed(2)), "slot")} busy on average`;
  if (mostly === "idle") return `${busy}, so more slots gain nothing`;
  const waitedMs = (phasesMs?.queue.p50 ?? 0) + (phasesMs?.batch_wait.p50 ?? 0);
  const ranMs = (phasesMs?.decode.p50 ?? 0) + (phasesMs?.inference.p50 ?? 0);
  if (waitedMs <= ranMs) return `${busy}, and little waiting`;
  return `${busy}, and jobs waited longer than they ran: more slots or replicas shorten that`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function sizeText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
