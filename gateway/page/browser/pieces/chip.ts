import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";

export type Tone = "plain" | "good" | "warn" | "bad";
/** How something is, and how bad that is. */
export type Standing = readonly [tone: Tone, text: string];

/** A status in a word or two. */
export function Chip({ tone = "plain", text }: { tone?: Tone; text: string }): ComponentChildren {
  return html`<span class=${`chip ${tone}`}>${text}</span>`;
}
