import { z } from "zod";
import { FieldTable, maybeNumber, number } from "../redis/fields.ts";

/**
 * A pack is a Redis hash: the jobs that one gateway accepted in one tick for one lane and one header, at
 * most one tensor batch of rows. A job is a character of its state string:
 *
 *     W waiting, or running when the pack has a run     S succeeded  F failed  C canceled  X expired
 *     D deleted     M moved out: it is a pack of its own now     N never accepted
 *
 * Only W is open. A pack of one is a job that shares nothing: one with a large input, a retried one, one
 * that is run alone because workers died with it.
 *
 * Times are epoch ms by Redis' clock.
 */
export const PACK_VERSION = 2;

/** Jobs of a pack at most: the index in an id has five bits. */
export const PACK_JOBS_MAX = 32;

/** A payload, or an output, above this many bytes gets a key of its own. */
export const INLINE_BYTES_MAX = 8192;

/** A result that its own POST took along is kept this long, in seconds, for a repeat of that request. */
export const TAKEN_RESULT_SECONDS = 300;

const text = z.string();
const maybeText = text.optional();

/** Fields of single jobs, only where there is something to say: behind each name stands an index, 0..31. */
export const seatFields = new FieldTable({
  /** JSON. */
  parameters: ["p", text],
  metadata: ["d", text],
  /** What it wants called. */
  webhook: ["wh", text],
  /** What its client sent to find it again by; see `trace.ts`. */
  trace: ["tr", text],
  /** Of a shadow: the job that it stands beside. */
  parent: ["pj", text],
  /** What it should have answered, where somebody has said so: a letter of `label.ts`, a blank, and JSON. */
  label: ["lb", text],
  /**
   * Shadows that were compared with it, a line each: id, name, the counter that knows who was right, or `-`, and the
   * `begun` of the comparison that counts it.
   */
  compared: ["cm", text],
  /** Its payload, once the pack has ended and the job has not succeeded. */
  input: ["i", text],
  /** The segment of an end that no tensor batch made. */
  ending: ["e", text],
  /** The segment of a tensor batch, behind it the index of its first job. See `segment.ts`. */
  segment: ["o", text],
});

export const packFields = new FieldTable({
  version: ["v", number],
  /** Lane name. */
  lane: ["ln", text],
  /** See `job/limits.ts`. */
  limits: ["l", text, ["startMs", "attemptMs", "totalMs", "retries", "retentionSeconds"]],
  createdAtMs: ["ca", number],
  /** `1`: each job has one input; `n`: it has a list of them. */
  form: ["f", text],
  /** `viaText`: the endpoint and variant that chose its model, and what is captured; absent: none did. */
  via: ["vi", maybeText],
  /** Rows of each job. */
  rows: ["n", number],
  /** Tenants, with blanks between. */
  tenants: ["t", text],
  /** A character a job, from `0`: which tenant it is of. Absent: all are of the first. */
  owners: ["to", maybeText],
  states: ["s", text],
  /** The last four digits of each job's id: the rest is the pack's name and the index. */
  tags: ["g", text],
  /** Bytes of each job's payload, with blanks between. */
  bytes: ["b", text],
  /** Jobs of the lane that were accepted before its first. */
  number: ["no", number],
  /** Of the accept that made it: another one under its name is a collision. */
  nonce: ["k", text],
  /** Only where a job is N: a letter of `accept.lua` a job, why; an accept that is sent twice answers it twice. */
  refusals: ["rf", maybeText],
  /** Payloads, one behind the other; absent with a key of its own, and when the pack has ended and is captured. */
  inputs: ["i", maybeText],
  /** JSON, where all its jobs were made with the same; those of single jobs stand in their seats. */
  parameters: ["pa", maybeText],
  /** Which optional fields its jobs have: `p` parameters, `w` webhooks, `t` traces. */
  has: ["x", maybeText],
  attempt: ["a", number.default(1)],
  /** The attempt that the last retry began. */
  firstAttempt: ["ab", number.default(1)],
  /** When it was retried. */
  queuedAtMs: ["qa", maybeNumber],
  /** How long its lane had been paused in all when it was queued; absent: never. */
  stoodMs: ["sm", maybeNumber],
  /** The run of the worker that has it. */
  run: ["r", maybeText],
  startedAtMs: ["sa", maybeNumber],
  /** Workers that died with it. */
  deaths: ["dt", number.default(0)],
  /** Gateways that wait, with `+` those that want every change. */
  waiters: ["w", maybeText],
  /** `1`: whoever made it waits for it without a key, and takes the result along. */
  isTaken: ["tk", maybeText],
  /** Firsts of its segments, with blanks between; absent: one, `0`. */
  segments: ["og", maybeText],
  /** When the last of its jobs ended. */
  endedAtMs: ["ea", maybeNumber],
  /** Deliveries that are pending. */
  deliveries: ["dp", maybeNumber],
  /** Indexes of the jobs whose output has a key of its own, with blanks between. */
  large: ["lo", maybeText],
  /** Jobs that moved out and have not ended: until then it is kept, since it says where they are. */
  movedOut: ["mo", maybeNumber],
  /** Earlier ends, JSON; see `retry.lua`. */
  history: ["h", maybeText],
  retryToken: ["rt", maybeText],
});
