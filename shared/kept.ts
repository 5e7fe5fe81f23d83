interface Entry<V> {
  readonly finding: Promise<V>;
  /** When finding it out began. */
  readonly atMs: number;
  found: { readonly value: V } | undefined;
}

/**
 * What costs something to find out, by a name: it is found out once for all who ask within a while, and
 * for all who ask meanwhile, however long that takes. What could not be found out is asked for anew.
 */
export class Kept<V> {
  readonly #find: (name: string) => Promise<V>;
  readonly #keptMs: number;
  readonly #nowMs: () => number;
  readonly #namesMax: number;
  readonly #entries = new Map<string, Entry<V>>();

  /**
   * @param keptMs how old what is given may be, counted from when finding it out began
   * @param nowMs a clock; when it is set back, all is asked for anew
   * @param namesMax with more of them, all are forgotten
   */
  constructor(
    find: (name: string) => Promise<V>,
    keptMs: number,
    nowMs: () => number = () => performance.now(),
    namesMax = Infinity,
  ) {
    this.#find = find;
    this.#keptMs = keptMs;
    this.#nowMs = nowMs;
    this.#namesMax = namesMax;
  }

  /** @throws what finding it out throws */
  async get(name: string): Promise<V> {
    return this.atOnce(name);
  }

  /** As `get`, but with nothing to wait for when it is known. */
  atOnce(name: string): V | Promise<V> {
    const nowMs = this.#nowMs();
    const known = this.#entries.get(name);
    if (known !== undefined && known.found === undefined) return known.finding;
    if (known?.found !== undefined && this.#isFresh(nowMs - known.atMs)) return known.found.value;
    if (this.#entries.size >= this.#namesMax) this.#entries.clear();
    const entry: Entry<V> = { finding: this.#find(name), atMs: nowMs, found: undefined };
    this.#entries.set(name, entry);
    entry.finding.then(
      (value) => (entry.found = { value }),
      () => this.#entries.delete(name),
    );
    return entry.finding;
  }

  forget(name: string): void {
    this.#entries.delete(name);
  }

  #isFresh(ageMs: number): boolean {
    return ageMs >= 0 && ageMs < this.#keptMs;
  }
}

/** A text that costs something to make. */
export class KeptText extends Kept<string> {
  /** @throws what making it throws */
  async read(): Promise<string> {
    return this.get("");
  }
}
