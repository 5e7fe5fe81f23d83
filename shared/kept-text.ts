/** A text that costs something to make: it is made once for all who ask within a while. */
export class KeptText {
  readonly #make: () => Promise<string>;
  readonly #keptMs: number;
  readonly #nowMs: () => number;
  #kept: { readonly text: string; readonly atMs: number } | undefined;
  /** For all who ask meanwhile, however long it takes. */
  #underWay: Promise<string> | undefined;

  /**
   * @param keptMs how old a text may be that is given, counted from when making it began
   * @param nowMs a clock that is never set
   */
  constructor(
    make: () => Promise<string>,
    keptMs: number,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#make = make;
    this.#keptMs = keptMs;
    this.#nowMs = nowMs;
  }

  /** @throws what making it throws; the next who asks has it tried again */
  async read(): Promise<string> {
    const kept = this.#kept;
    if (kept !== undefined && this.#nowMs() - kept.atMs < this.#keptMs) return kept.text;
    this.#underWay ??= this.#makeNow().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #makeNow(): Promise<string> {
    const atMs = this.#nowMs();
    const text = await this.#make();
    this.#kept = { text, atMs };
    return text;
  }
}
