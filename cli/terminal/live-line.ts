const REDRAW_MS = 100;
const PLAIN_MS = 5000;
const WIDTH = 79;

/** A line of a terminal that is drawn over itself; elsewhere every line stays. */
class DrawnLine {
  protected readonly isTerminal: boolean;
  protected isDrawn = false;
  readonly #out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.isTerminal = out.isTTY;
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.clear();
    this.#out.write(`${text}\n`);
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.isDrawn) this.#out.write("\r\u001b[K");
    this.isDrawn = false;
  }

  protected draw(text: string): void {
    if (!this.isTerminal) return this.say(text);
    this.#out.write(`\r${text.slice(0, WIDTH)}\u001b[K`);
    this.isDrawn = true;
  }
}

/** Says how far long work is; where it is not drawn over, every five seconds. */
export class LiveLine extends DrawnLine {
  #shownAtMs = performance.now();

  /** @param text made only when it is shown */
  show(text: () => string): void {
    const nowMs = performance.now();
    const isFirst = this.isTerminal && !this.isDrawn;
    const paceMs = this.isTerminal ? REDRAW_MS : PLAIN_MS;
    if (!isFirst && nowMs - this.#shownAtMs < paceMs) return;
    this.#shownAtMs = nowMs;
    this.draw(text());
  }
}

/** Says what is done now; where it is not drawn over, each thing once. */
export class StatusLine extends DrawnLine {
  readonly #said = new Set<string>();

  show(text: string): void {
    if (!this.isTerminal && this.#said.has(text)) return;
    this.#said.add(text);
    this.draw(text);
  }
}
