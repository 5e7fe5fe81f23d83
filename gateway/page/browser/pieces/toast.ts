import { createContext, type ComponentChildren } from "preact";
import { useCallback, useContext, useEffect, useState } from "preact/hooks";
import { errorOf } from "../app/error-of.ts";
import { html } from "../app/html.ts";

/** What was done, in a sentence. */
export interface Toast {
  readonly text: string;
  /** Takes it back; without it the toast only tells. What it throws is shown. */
  readonly undo?: () => Promise<void>;
}

type Show = (toast: Toast) => void;

/** At a time; older ones give way. */
const TOASTS_MAX = 3;
const TELLS_MS = 6000;
/** Long enough to think better of it. */
const UNDO_MS = 30_000;

const Shown = createContext<Show>(() => undefined);

/** What shows a toast: `show({ text: "Lane paused.", undo: () => resume() })`. */
export function useToast(): Show {
  return useContext(Shown);
}

interface Entry extends Toast {
  readonly id: number;
}

/** The page, with the toasts of all that is in it. */
export function Toasts({ children }: { children?: ComponentChildren }): ComponentChildren {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const show = useCallback<Show>((toast) => {
    setEntries((last) => [
      ...last.slice(1 - TOASTS_MAX),
      { ...toast, id: (last.at(-1)?.id ?? 0) + 1 },
    ]);
  }, []);
  const close = (id: number): void => setEntries((last) => last.filter((it) => it.id !== id));
  return html`<${Shown.Provider} value=${show}>
    ${children}
    <div class="toasts" role="status">
      ${entries.map((entry) => html`<${ToastNote} key=${entry.id} toast=${entry} onClose=${() => close(entry.id)} />`)}
    </div>
  <//>`;
}

function ToastNote({ toast, onClose }: { toast: Toast; onClose: () => void }): ComponentChildren {
  const { text, undo } = toast;
  const [course, setCourse] = useState<"done" | "undoing" | "undone">("done");
  const [fault, setFault] = useState<string>();
  const [isHeld, setHeld] = useState(false);
  const staysMs = undo !== undefined && course !== "undone" ? UNDO_MS : TELLS_MS;
  useEffect(() => {
    // Nothing goes away under the pointer, with the focus in it, or while it is at work.
    if (isHeld || course === "undoing") return undefined;
    const timer = setTimeout(onClose, staysMs);
    return () => clearTimeout(timer);
  }, [isHeld, course, fault]);
  const takeBack = async (): Promise<void> => {
    setCourse("undoing");
    setFault(undefined);
    try {
      await undo?.();
      setCourse("undone");
    } catch (error) {
      setFault(errorOf(error).message);
      setCourse("done");
    }
  };
  return html`<div
    class="toast"
    onMouseEnter=${() => setHeld(true)}
    onMouseLeave=${() => setHeld(false)}
    onFocusIn=${() => setHeld(true)}
    onFocusOut=${() => setHeld(false)}
  >
    <p>
      ${course === "undone" ? "Taken back." : text}
      ${fault !== undefined && html`<br />It could not be taken back: ${fault}`}
    </p>
    ${
      undo !== undefined &&
      course !== "undone" &&
      html`<button type="button" disabled=${course === "undoing"} onClick=${() => void takeBack()}>
        Undo
      </button>`
    }
    <button type="button" onClick=${onClose}>Close</button>
  </div>`;
}
