import { z } from "zod";
import { parseSecrets, type TimedSecret } from "./secrets.ts";
import { packInterest, unpackInterest, type Interest } from "./subscription.ts";

/** Why nothing is sent to an endpoint: its owner said so, it answered 410, or only failed for days. */
export const disabledReasons = ["owner", "gone", "failing"] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/** What its owner says of an endpoint. */
export interface EndpointTerms extends Interest {
  readonly url: string;
  readonly description: string;
  /** Sent with every message; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** ms before each attempt; undefined for the usual ones. */
  readonly scheduleMs: readonly number[] | undefined;
  /** Undefined while it is enabled. */
  readonly disabled: DisabledReason | undefined;
}

/** A registered receiver of a tenant. */
export interface Endpoint extends EndpointTerms {
  /** `whk_` + 26 characters. */
  readonly id: string;
  readonly tenant: string;
  /** Newest first. */
  readonly secrets: readonly TimedSecret[];
  readonly createdAtMs: number;
  /** When it was disabled. */
  readonly disabledAtMs: number | undefined;
}

const jsonRecord = z
  .string()
  .transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text)));
const jsonNumbers = z
  .string()
  .transform((text) => (text === "" ? undefined : z.array(z.number()).parse(JSON.parse(text))));

/**
 * Fields of an endpoint's hash: `v` format (1) · `t` tenant · `url` · `l` letters of events and
 * include · `d` description · `sec` secrets (JSON) · `hd` headers (JSON) · `sch` schedule (JSON, or
 * empty) · `st` `enabled` or `disabled` · `why` it is disabled · `sa` since when · `ca` created.
 */
const endpointSchema = z.object({
  v: z.literal("1"),
  t: z.string(),
  url: z.string(),
  l: z.string().transform((text) => unpackInterest(text)),
  d: z.string(),
  sec: z.string().transform((text) => parseSecrets(text)),
  hd: jsonRecord,
  sch: jsonNumbers,
  st: z.enum(["enabled", "disabled"]),
  why: z.union([z.literal(""), z.enum(disabledReasons)]),
  sa: z.string(),
  ca: z.coerce.number(),
});

/** @throws {z.ZodError} when the fields are of another format */
export function endpointOf(id: string, fields: Record<string, string>): Endpoint {
  const { t, url, l, d, sec, hd, sch, st, why, sa, ca } = endpointSchema.parse(fields);
  return {
    id,
    tenant: t,
    url,
    ...l,
    description: d,
    headers: hd,
    scheduleMs: sch,
    secrets: sec,
    disabled: st === "enabled" || why === "" ? undefined : why,
    disabledAtMs: sa === "" ? undefined : Number(sa),
    createdAtMs: ca,
  };
}

/**
 * Names and values of the fields that its owner decides on.
 *
 * @param disabledAtMs when it was disabled, if it is
 */
export function termFields(
  terms: EndpointTerms,
  disabledAtMs: number,
): readonly (string | number)[] {
  const { url, description, headers, scheduleMs, disabled } = terms;
  const fields = {
    url,
    l: packInterest(terms),
    d: description,
    hd: JSON.stringify(headers),
    sch: scheduleMs === undefined ? "" : JSON.stringify(scheduleMs),
    st: disabled === undefined ? "enabled" : "disabled",
    why: disabled ?? "",
    sa: disabled === undefined ? "" : disabledAtMs,
  };
  return Object.entries(fields).flat();
}
