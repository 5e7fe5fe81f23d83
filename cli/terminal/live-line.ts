import { bar, megabytes } from "./units.ts";

const REDRAW_MS = 100;
const PLAIN_MS = 5000;
const WIDTH = 79;

/** A line of a terminal that is drawn over itself; elsewhere every line stays. */
class DrawnLine {
  protected readonly isTerminal: boolean;
  protected isDrawn = false;
  protected readonly out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream) {
    this.out = out;
    this.isTerminal = out.isTTY;
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.clear();
    this.out.write(`${text}\n`);
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.isDrawn) this.out.write("\r\u001b[K");
    this.isDrawn = false;
  }

  protected draw(text: string): void {
    if (!this.isTerminal) return this.say(text);
    this.out.write(`\r${text.slice(0, WIDTH)}\u001b[K`);
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

/** Says how far a download is; where it is not drawn over, at every tenth. */
export class Progress extends DrawnLine {
  readonly #total: number;
  #drawnAtMs = -Infinity;
  #nextPercent = 0;

  constructor(out: NodeJS.WriteStream, total: number) {
    super(out);
    this.#total = total;
  }

  show(bytes: number): void {
    const percent = Math.floor((100 * bytes) / this.#total);
    const nowMs = performance.now();
    const isPaced = percent < 100 && nowMs - this.#drawnAtMs < REDRAW_MS;
    if (this.isTerminal ? isPaced : percent < this.#nextPercent) return;
    this.#drawnAtMs = nowMs;
    this.#nextPercent = percent - (percent % 10) + 10;
    const text = `${String(percent).padStart(3)} %  ${megabytes(bytes)} of ${megabytes(this.#total)}`;
    this.draw(this.isTerminal ? `${bar(percent, 30)} ${text}` : text);
  }

  /** Ends the line of the bar. */
  end(): void {
    if (this.isDrawn) this.out.write("\n");
  }
}
