import { megabytes } from "./units.ts";

const BAR = 30;
const REDRAW_MS = 100;
const PLAIN_STEP = 10;

/**
 * Says how far a download is: a bar that is drawn over itself on a terminal, elsewhere a line for
 * every tenth.
 */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #total: number;
  #drawnAtMs = -Infinity;
  #saidPercent = -PLAIN_STEP;

  constructor(out: NodeJS.WriteStream, total: number) {
    this.#out = out;
    this.#total = total;
  }

  show(bytes: number): void {
    const percent = Math.floor((100 * bytes) / this.#total);
    const text = `${String(percent).padStart(3)} %  ${megabytes(bytes)} of ${megabytes(this.#total)}`;
    if (this.#out.isTTY) this.#draw(percent, text);
    else if (percent >= this.#saidPercent + PLAIN_STEP) {
      this.#saidPercent = percent - (percent % PLAIN_STEP);
      this.#out.write(`${text}\n`);
    }
  }

  /** Ends the line of the bar. */
  end(): void {
    if (this.#out.isTTY && this.#drawnAtMs > 0) this.#out.write("\n");
  }

  #draw(percent: number, text: string): void {
    const now = performance.now();
    if (percent < 100 && now - this.#drawnAtMs < REDRAW_MS) return;
    this.#drawnAtMs = now;
    const full = Math.floor((BAR * percent) / 100);
    this.#out.write(`\r[${"#".repeat(full)}${" ".repeat(BAR - full)}] ${text}\u001b[K`);
  }
}
