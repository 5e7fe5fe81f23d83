const REDRAW_MS = 100;
const PLAIN_MS = 5000;
const WIDTH = 79;

/**
 * Says how far long work is: on a terminal one line that is drawn over itself, elsewhere a line every
 * five seconds.
 */
export class LiveLine {
  readonly #out: NodeJS.WriteStream;
  #shownAtMs = performance.now();
  #isDrawn = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** @param text made only when it is shown */
  show(text: () => string): void {
    const nowMs = performance.now();
    const isFirst = this.#out.isTTY && !this.#isDrawn;
    const paceMs = this.#out.isTTY ? REDRAW_MS : PLAIN_MS;
    if (!isFirst && nowMs - this.#shownAtMs < paceMs) return;
    this.#shownAtMs = nowMs;
    this.#isDrawn = this.#out.isTTY;
    this.#out.write(this.#out.isTTY ? `\r${text().slice(0, WIDTH)}\u001b[K` : `${text()}\n`);
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.clear();
    this.#out.write(`${text}\n`);
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.#isDrawn) this.#out.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}
