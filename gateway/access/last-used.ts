/** Values by name, of which those used longest ago make room. A library for caches would replace it. */
export class LastUsed<V> {
  readonly #max: number;
  readonly #entries = new Map<string, V>();

  /** @param max of values, 1 and up */
  constructor(max: number) {
    this.#max = max;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** A value that is asked for is used. */
  get(name: string): V | undefined {
    const value = this.#entries.get(name);
    if (value !== undefined) this.set(name, value);
    return value;
  }

  set(name: string, value: V): void {
    this.#entries.delete(name);
    this.#entries.set(name, value);
    const [oldest] = this.#entries.size > this.#max ? this.#entries.keys() : [];
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }
}
