import type { Sample } from "../measure/sample.ts";
import type { Entry } from "../run/record.ts";

/** Where a series of samples stands. */
export interface Place {
  readonly arm: string;
  readonly workload: string;
  readonly step: string;
}

/** The samples of a run, by arm, workload and step. */
export class Results {
  readonly #entries: readonly Entry[];

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** In the order in which they were first measured. */
  get arms(): readonly string[] {
    return unique(this.#entries.map(({ arm }) => arm));
  }

  get workloads(): readonly string[] {
    return unique(this.#entries.map(({ workload }) => workload));
  }

  /** Each once, in the order in which they were first measured. */
  get places(): readonly Place[] {
    const all = this.#entries.map(({ arm, workload, step }) => ({ arm, workload, step }));
    return [...new Map(all.map((place) => [Object.values(place).join(" "), place])).values()];
  }

  get rounds(): number {
    return Math.max(0, ...this.#entries.map(({ round }) => round));
  }

  get wrong(): number {
    return this.#entries.reduce((sum, { sample }) => sum + sample.wrong, 0);
  }

  /** What wrong answers looked like. */
  get examples(): readonly string[] {
    return this.#entries.flatMap(({ arm, sample }) =>
      sample.wrong > 0 ? sample.examples.map((example) => `${arm}: ${example}`) : [],
    );
  }

  /** The numbers behind the steps that are called so, `closed-64` → 64, smallest first. */
  amounts(step: string): readonly number[] {
    const numbers = this.#entries.flatMap((entry) => {
      const [name, amount] = entry.step.split("-");
      return name === step && amount !== undefined ? [Number(amount)] : [];
    });
    return unique(numbers).toSorted((a, b) => a - b);
  }

  /** Samples of a place, in order of rounds. */
  samples({ arm, workload, step }: Place): readonly Sample[] {
    return this.#at({ arm, workload, step }).map(({ sample }) => sample);
  }

  figures(place: Place, name: string): readonly number[] {
    return this.samples(place).flatMap(({ figures }) => figures[name] ?? []);
  }

  /** One place's figure divided by another's, round by round: they share the machine's mood. */
  ratios(place: Place, to: Place, name = "rate"): readonly number[] {
    return this.#at(place).flatMap(({ round, sample }) => {
      const other = this.#at(to).find((it) => it.round === round)?.sample.figures[name];
      const own = sample.figures[name];
      return own === undefined || other === undefined ? [] : [own / other];
    });
  }

  #at({ arm, workload, step }: Place): readonly Entry[] {
    return this.#entries
      .filter((it) => it.arm === arm && it.workload === workload && it.step === step)
      .toSorted((a, b) => a.round - b.round);
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
