interface Look<V> {
  readonly read: Promise<V>;
  next: Promise<V> | undefined;
}

/**
 * Things as they are after the moment they are asked for, for whom what is remembered is not enough.
 * Anybody can have that asked, with a wrong secret: all who come while one look is under way share the
 * next.
 */
export class FreshLooks<V> {
  readonly #read: (name: string) => Promise<V>;
  /** Looks on their way, each with the one behind it. */
  readonly #looks = new Map<string, Look<V>>();

  constructor(read: (name: string) => Promise<V>) {
    this.#read = read;
  }

  /** @throws what reading throws */
  async get(name: string): Promise<V> {
    const look = this.#looks.get(name);
    if (look === undefined) return this.#look(name);
    look.next ??= look.read.then(
      async () => this.#look(name),
      async () => this.#look(name),
    );
    return look.next;
  }

  async #look(name: string): Promise<V> {
    const look: Look<V> = { read: this.#read(name), next: undefined };
    this.#looks.set(name, look);
    try {
      return await look.read;
    } finally {
      if (look.next === undefined) this.#looks.delete(name);
    }
  }
}
