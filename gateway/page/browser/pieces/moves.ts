import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { errorOf } from "../app/error-of.ts";
import { html } from "../app/html.ts";
import { Button } from "./button.ts";
import { Confirm } from "./confirm.ts";
import { ProblemNote } from "./problem.ts";

/** Something that may be done with what a page shows, and can be taken back: it does not ask. */
export interface Move {
  readonly name: string;
  readonly act: () => Promise<unknown>;
}

/** Something that nobody can take back: it asks for a word. */
export interface Erasure {
  readonly name: string;
  readonly title: string;
  readonly word: string;
  readonly about: ComponentChildren;
  readonly act: () => Promise<void>;
}

/** Moves whose paths an answer names: those that it does not name may not be made now. */
export function movesTo(
  paths: Readonly<Record<string, string | undefined>>,
  act: (path: string) => Promise<unknown>,
): readonly Move[] {
  return Object.entries(paths).flatMap(([name, path]) =>
    path === undefined ? [] : [{ name, act: async () => act(path) }],
  );
}

interface MovesProps {
  readonly moves: readonly Move[];
  readonly erasure: Erasure | undefined;
  /** Stands before the moves. */
  readonly children?: ComponentChildren;
}

/** Buttons for what may be done, and why it could not be. */
export function Moves({ moves, erasure, children }: MovesProps): ComponentChildren {
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(false);
  const button = (name: string, onClick: () => void): ComponentChildren =>
    html`<${Button} key=${name} onClick=${onClick}>${name}<//>`;
  const doing = (act: Move["act"]) => () => {
    setError(undefined);
    act().catch((reason: unknown) => setError(errorOf(reason)));
  };
  return html`<div class="toolbar">
      ${children} ${moves.map(({ name, act }) => button(name, doing(act)))}
      ${erasure !== undefined && button(erasure.name, () => setAsking(true))}
    </div>
    ${error !== undefined && html`<${ProblemNote} error=${error} />`}
    ${
      isAsking &&
      erasure !== undefined &&
      html`<${Confirm}
        title=${erasure.title}
        word=${erasure.word}
        action=${erasure.name}
        onClose=${() => setAsking(false)}
        onConfirm=${erasure.act}
      >
        ${erasure.about}
      <//>`
    }`;
}
