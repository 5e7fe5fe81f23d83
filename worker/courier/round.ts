/** A duty that is done again and again, never twice at a time. */
export class Round {
  readonly #everyMs: number;
  readonly #duty: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopping = false;

  /** @param everyMs from the end of one time to the next @param duty never rejects */
  constructor(everyMs: number, duty: () => Promise<void>) {
    this.#everyMs = everyMs;
    this.#duty = duty;
  }

  start(): void {
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#duty().finally(() => this.start());
    }, this.#everyMs);
  }

  /** Returns when the duty that is being done is done. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
