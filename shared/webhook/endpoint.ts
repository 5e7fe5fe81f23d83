import { z } from "zod";
import { FieldTable, type Decoded, json, maybeNumber, number } from "../redis/fields.ts";
import { secretsText, type TimedSecret } from "./secrets.ts";
import { packInterest, unpackInterest, type Interest } from "./subscription.ts";

/** Why nothing is sent to an endpoint: its owner said so, it answered 410, or only failed for days. */
export const disabledReasons = ["owner", "gone", "failing"] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/** What its owner says of an endpoint, but for what it wants and whether it is enabled. */
const terms = {
  url: ["url", z.string()],
  description: ["d", z.string()],
  /** Sent with every message; names in lower case. */
  headers: ["hd", json(z.record(z.string(), z.string()).readonly())],
  /** ms before each attempt; undefined for the usual ones. */
  scheduleMs: [
    "sch",
    z.codec(z.string(), z.array(z.number()).readonly().optional(), {
      decode: (text) => (text === "" ? undefined : JSON.parse(text)),
      encode: (schedule) => (schedule === undefined ? "" : JSON.stringify(schedule)),
    }),
  ],
} as const;

/** Fields of an endpoint. */
export const endpointFields = new FieldTable({
  ...terms,
  version: ["v", z.literal("1")],
  tenant: ["t", z.string()],
  interest: [
    "l",
    z.codec(z.string(), z.custom<Interest>(), { decode: unpackInterest, encode: packInterest }),
  ],
  secrets: ["sec", secretsText],
  state: ["st", z.enum(["enabled", "disabled"])],
  why: ["why", z.union([z.literal(""), z.enum(disabledReasons)])],
  disabledAtMs: ["sa", maybeNumber],
  createdAtMs: ["ca", number],
});

/** What its owner says of an endpoint. */
export interface EndpointTerms extends Interest, Decoded<typeof terms> {
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
export function termFields(said: EndpointTerms, disabledAtMs: number): readonly string[] {
  const { disabled } = said;
  const state =
    disabled === undefined
      ? ({ state: "enabled", why: "", disabledAtMs: undefined } as const)
      : ({ state: "disabled", why: disabled, disabledAtMs } as const);
  return [
    ...new FieldTable(terms).encode(said),
    ...endpointFields.encode({ interest: said, ...state }),
  ];
}
