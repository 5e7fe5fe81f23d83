import type { ComponentChildren } from "preact";
import { html } from "../app/html.ts";

interface ChecksProps {
  readonly label: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Any of a few, as boxes to tick; they stay in the order of the options. */
export function Checks({ label, options, chosen, onChange }: ChecksProps): ComponentChildren {
  const toggle = (value: string): void => {
    const isOn = (it: string): boolean => chosen.includes(it) !== (it === value);
    onChange(options.map(([it]) => it).filter(isOn));
  };
  return html`<fieldset class="checks">
    <legend>${label}</legend>
    ${options.map(
      ([value, text]) =>
        html`<label key=${value}
          ><input
            type="checkbox"
            checked=${chosen.includes(value)}
            onChange=${() => toggle(value)}
          />${text}</label
        >`,
    )}
  </fieldset>`;
}
