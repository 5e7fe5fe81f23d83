import { z } from "zod";
import { FieldTable, type Decoded, maybeNumber, number } from "../redis/fields.ts";
import { typeOf } from "./event-types.ts";
import { includeOf } from "./subscription.ts";

/** What became of a delivery. `dead`: its last attempt failed, or there is nobody to attempt it with. */
export const deliveryStatuses = ["pending", "delivered", "dead"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** Why a delivery is dead. */
export const deathReasons = [
  "exhausted",
  "gone",
  "endpoint_disabled",
  "endpoint_deleted",
  "resource_deleted",
  "resource_expired",
] as const;
export type DeathReason = (typeof deathReasons)[number];

const ATTEMPTS_KEPT = 50;

const attemptSchema = z.object({
  at_ms: z.number(),
  /** HTTP status of the answer; null when there was none. */
  status: z.number().nullable(),
  /** Why there was none, as its owner may know it. */
  error: z.string().nullable(),
  latency_ms: z.number().nullable(),
  /** Of the answer: an allow-list of them. */
  headers: z.record(z.string(), z.string()),
});

/** One try to deliver, as it is kept and shown; at most 50 are. */
export type DeliveryAttempt = Readonly<z.infer<typeof attemptSchema>>;

/** @param text JSON objects with commas between, as the field `log` holds them; `""` for none */
export function readLog(text: string): readonly DeliveryAttempt[] {
  return z.array(attemptSchema).parse(JSON.parse(`[${text}]`));
}

/** @returns the field `log` with one attempt more, the oldest beyond 50 left out */
export function withAttempt(log: string, attempt: DeliveryAttempt): string {
  const kept = [...readLog(log), attempt].slice(-ATTEMPTS_KEPT);
  return kept.map((one) => JSON.stringify(one)).join(",");
}

/** What an event tells of, and to whom; the same at every attempt. */
const head = {
  /** `job_…`, `bat_…`, or of a ping `whk_…`. */
  resource: ["r", z.string()],
  tenant: ["t", z.string()],
  type: ["k", z.string().transform(typeOf)],
  /** The attempt of the job, or of the batch with results, that it tells of; undefined for what has none. */
  attempt: ["at", maybeNumber],
  /** `whk_…` or `url_…`. */
  target: ["g", z.string()],
  /** Of an ad hoc target. */
  url: ["u", z.string().transform((url) => url || undefined)],
  include: ["inc", z.string().transform(includeOf)],
  /** When the event was. */
  createdAtMs: ["ca", number],
  /** What its body needs beside the record. */
  extra: ["x", z.string()],
} as const;

export const headFields = new FieldTable(head);

/** Fields of a delivery. */
export const deliveryFields = new FieldTable({
  ...head,
  /** The key of the record that it tells of; `""` for a ping. */
  resourceKey: ["y", z.string()],
  status: ["s", z.enum(deliveryStatuses)],
  attempts: ["n", number],
  /** Of those, how many were made before somebody had it sent again. */
  attemptsBefore: ["b", number],
  reason: ["er", z.enum(deathReasons).optional()],
  lastStatus: ["ls", maybeNumber],
  nextAttemptAtMs: ["du", maybeNumber],
  endedAtMs: ["ea", maybeNumber],
  /** Attempts; see `withAttempt`. */
  log: ["log", z.string().default("")],
  /** Token of the claim that has it. */
  claim: ["c", z.string().optional()],
});

export interface DeliveryHead extends Decoded<typeof head> {
  /** The `webhook-id`. */
  readonly id: string;
}

type Kept = Decoded<typeof deliveryFields.fields>;

/** A delivery as it is shown. */
export interface DeliveryView extends Omit<
  Kept,
  "resourceKey" | "attemptsBefore" | "claim" | "log"
> {
  readonly id: string;
  readonly log: readonly DeliveryAttempt[];
}

/** @throws {z.ZodError} when the fields are of another format */
export function deliveryOf(id: string, fields: Record<string, string>): DeliveryView {
  const { resourceKey: _, attemptsBefore: __, claim: ___, ...view } = deliveryFields.decode(fields);
  return { id, ...view, log: readLog(view.log) };
}
