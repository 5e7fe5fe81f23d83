import {
  countersOf,
  incrementsOf,
  type Counters,
  type Increments,
} from "../../shared/endpoint/verdict/counters.ts";
import type { Pair } from "../../shared/endpoint/verdict/pair.ts";

/** The hash of a comparison as Redis keeps it: fields that are added to, and read as text. */
export class ComparisonHash {
  readonly #fields = new Map<string, number>();

  add(pair: Pair): this {
    return this.increment(incrementsOf(pair));
  }

  increment(increments: Increments): this {
    for (const [field, by] of increments) {
      this.#fields.set(field, (this.#fields.get(field) ?? 0) + by);
    }
    return this;
  }

  /** What another hash must be given to have it all as well. */
  get increments(): Increments {
    return this.#fields;
  }

  get texts(): Readonly<Record<string, string>> {
    const texts = [...this.#fields].map(([field, value]) => [field, String(value)]);
    return Object.fromEntries(texts);
  }

  get counters(): Counters {
    return countersOf(this.texts);
  }
}
