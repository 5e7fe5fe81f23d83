import { z } from "zod";
import { FieldTable, json, maybeNumber, number } from "../redis/fields.ts";
import { secretsText, type TimedSecret } from "./secrets.ts";
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

/** Fields of an endpoint. */
export const endpointFields = new FieldTable({
  version: ["v", z.literal("1")],
  tenant: ["t", z.string()],
  url: ["url", z.string()],
  interest: [
    "l",
    z.codec(z.string(), z.custom<Interest>(), { decode: unpackInterest, encode: packInterest }),
  ],
  description: ["d", z.string()],
  secrets: ["sec", secretsText],
  headers: ["hd", json(z.record(z.string(), z.string()).readonly())],
  scheduleMs: [
    "sch",
    z.codec(z.string(), z.array(z.number()).readonly().optional(), {
      decode: (text) => (text === "" ? undefined : JSON.parse(text)),
      encode: (schedule) => (schedule === undefined ? "" : JSON.stringify(schedule)),
    }),
  ],
  state: ["st", z.enum(["enabled", "disabled"])],
  why: ["why", z.union([z.literal(""), z.enum(disabledReasons)])],
  disabledAtMs: ["sa", maybeNumber],
  createdAtMs: ["ca", number],
});

/** Fields of the record of how a target fares; there is none while the last attempt did not fail. */
export const breakerFields = new FieldTable({
  /** In a row. */
  failures: ["f", number.default(0)],
  failingSinceMs: ["fs", maybeNumber],
});

/** @throws {z.ZodError} when the fields are of another format */
export function endpointOf(id: string, fields: Record<string, string>): Endpoint {
  const { version: _, interest, state, why, ...endpoint } = endpointFields.decode(fields);
  const disabled = state === "enabled" || why === "" ? undefined : why;
  return { id, ...endpoint, ...interest, disabled };
}

/**
 * Names and values of the fields that its owner decides on.
 *
 * @param disabledAtMs when it was disabled, if it is
 */
export function termFields(terms: EndpointTerms, disabledAtMs: number): readonly string[] {
  const { url, description, headers, scheduleMs, disabled } = terms;
  return endpointFields.encode({
    url,
    interest: terms,
    description,
    headers,
    scheduleMs,
    state: disabled === undefined ? "enabled" : "disabled",
    why: disabled ?? "",
    disabledAtMs: disabled === undefined ? undefined : disabledAtMs,
  });
}
