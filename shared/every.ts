/**
 * Does something every so many ms, from its start to its stop, as `service.ts` wants it.
 *
 *     new ──start──▶ begun ──stop──▶ stopped
 *      └──────────────stop──────────────┘
 */
export class Every {
  readonly #everyMs: number;
  readonly #duty: () => Promise<void> | void;
  #state: "new" | "begun" | "stopped" = "new";
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /**
   * @param everyMs from the end of one time to the next
   * @param duty never rejects; one whose promise it does not give is not waited for
   */
  constructor(everyMs: number, duty: () => Promise<void> | void) {
    this.#everyMs = everyMs;
    this.#duty = duty;
  }

  /** @param first comes before all; when it fails, so does the start, and nothing is done at all */
  readonly start = async (first?: () => Promise<void>): Promise<void> => {
    if (this.#state !== "new") return;
    this.#state = "begun";
    await first?.();
    this.#later();
  };

  /** Returns when the duty that is being done is done. Does not wait for the first time. */
  readonly stop = async (): Promise<void> => {
    this.#state = "stopped";
    clearTimeout(this.#timer);
    await this.#running;
  };

  #later(): void {
    if (this.#state === "stopped") return;
    this.#timer = setTimeout(() => {
      this.#running = this.#do();
    }, this.#everyMs);
  }

  async #do(): Promise<void> {
    await this.#duty();
    this.#later();
  }
}
