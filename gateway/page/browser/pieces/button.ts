import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";

interface ButtonProps {
  readonly look?: "quiet small" | "quiet";
  readonly disabled?: boolean;
  /** For those who are told more than its text says. */
  readonly title?: string;
  readonly "aria-label"?: string;
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
}

/** Something that may be done, beside what the page is for. */
export function Button({
  look = "quiet small",
  children,
  ...given
}: ButtonProps): ComponentChildren {
  return html`<button type="button" class=${`btn ${look}`} ...${given}>${children}</button>`;
}
