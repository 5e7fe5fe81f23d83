import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";
import type { Example, InputProps } from "./form.ts";

interface ExampleChipsProps extends Pick<InputProps, "examples" | "chosen" | "onExample"> {
  /** By default, its name. */
  readonly textOf?: (example: Example) => string;
}

const SHOWN_MAX = 8;

/** Examples to choose from. */
export function ExampleChips({
  examples,
  chosen,
  onExample,
  textOf = ({ name }) => name,
}: ExampleChipsProps): ComponentChildren {
  if (examples.length === 0) return null;
  return html`<div class="examples texts" role="group" aria-label="Examples">
    <span>Examples</span>
    ${examples
      .slice(0, SHOWN_MAX)
      .map(
        (example) =>
          html`<button
            type="button"
            key=${example.name}
            aria-pressed=${example.name === chosen}
            onClick=${() => onExample(example)}
          >
            ${textOf(example)}
          </button>`,
      )}
  </div>`;
}
