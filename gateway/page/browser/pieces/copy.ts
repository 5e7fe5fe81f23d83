import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { html } from "../app/html.ts";
import { Button } from "./button.ts";

const SAYS_SO_MS = 2000;

/** A button that puts a text on the clipboard. */
export function Copy({ text }: { text: string }): ComponentChildren {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SAYS_SO_MS);
  };
  return html`<${Button} onClick=${() => void copy().catch(() => undefined)}>
    <span aria-live="polite">${isCopied ? "Copied" : "Copy"}</span>
  <//>`;
}
