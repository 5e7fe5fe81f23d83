import { hash } from "node:crypto";
import { eventLetters, typeOf, type EventType } from "./event-types.ts";

/** How much of a job or batch an event carries. */
export const includes = ["auto", "full", "thin"] as const;
export type Include = (typeof includes)[number];

/** What somebody wants called, and with how much. */
export interface Interest {
  readonly events: readonly EventType[];
  readonly include: Include;
}

/** What a job or a batch wants called. */
export interface Subscription extends Interest {
  /** `whk_` + 26 characters, or `url_` + 26 hex digits. */
  readonly target: string;
  /** Of an ad hoc target; undefined for a registered endpoint. */
  readonly url: string | undefined;
}

const NONE = "-";

/**
 * The name under which deliveries to a URL that is registered nowhere are queued: those of one
 * tenant to one URL share it, and nobody else's do.
 */
export function adHocTarget(tenant: string, url: string): string {
  return `url_${hash("sha256", `${tenant}\n${url}`, "hex").slice(0, 26)}`;
}

/** The record's field `wh`: `<target> <letters> <include> <url or ''>`, which `deliver.lua` reads. */
export function packSubscription({ target, url, ...interest }: Subscription): string {
  return `${target} ${packInterest(interest)} ${url ?? ""}`;
}

/** What an endpoint wants: `<letters> <include>`, with `-` for no letters. */
export function packInterest({ events, include }: Interest): string {
  const letters = [...new Set(events)].map((type) => eventLetters[type]).join("");
  return `${letters || NONE} ${include.charAt(0)}`;
}

/** @throws when the text was not made by `packInterest` */
export function unpackInterest(text: string): Interest {
  const [letters = NONE, initial = NONE] = text.split(" ");
  const events = letters === NONE ? [] : letters.split("").map((letter) => typeOf(letter));
  return { events, include: includeOf(initial) };
}

/** @param letter the first of it @throws when it is none of ours */
export function includeOf(letter: string): Include {
  const include = includes.find((it) => it.charAt(0) === letter);
  if (include === undefined) throw new TypeError(`not an include: ${letter}`);
  return include;
}
