import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import type { Tone } from "./tone.ts";

/** A status in a word or two. */
export function Chip({ tone = "plain", text }: { tone?: Tone; text: string }): ComponentChildren {
  return html`<span class=${`chip ${tone}`}>${text}</span>`;
}
