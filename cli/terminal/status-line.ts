/**
 * Says what is done now: on a terminal one line that is drawn over itself, elsewhere a line for
 * everything that was not said before.
 */
export class StatusLine {
  readonly #out: NodeJS.WriteStream;
  readonly #said = new Set<string>();
  #isDrawn = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(text: string): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r${text.slice(0, 79)}\u001b[K`);
      this.#isDrawn = true;
    } else if (!this.#said.has(text)) {
      this.#said.add(text);
      this.#out.write(`${text}\n`);
    }
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.#isDrawn) this.#out.write("\r\u001b[K");
    this.#isDrawn = false;
  }
}
