import type { Arm, ArmKind } from "../arms/arm.ts";
import { messageOf } from "../../../shared/message-of.ts";
import { Generator } from "../measure/generator.ts";
import { isClean, type Sample } from "../measure/sample.ts";
import type { WorkloadName } from "../workloads/workloads.ts";
import type { RunRecord } from "./record.ts";
import { serve } from "./serve.ts";
import type { Bench, Step } from "./step.ts";

const WARM_UP_CLIENTS = 64;
/** In a row: after so many an arm is left out, since some take minutes to fail. */
const FAILURES_MAX = 2;

/** An arm, and what is measured of it. */
export interface Series {
  readonly kind: ArmKind;
  readonly workload: WorkloadName;
  readonly steps: readonly Step[];
}

export interface RoundsOptions {
  readonly rounds: number;
  readonly windowMs: number;
  readonly warmUpMs: number;
  /** A disturbed sample is taken so often at most. */
  readonly triesMax: number;
  readonly record: RunRecord;
  readonly print: (line: string) => void;
  /** Stops the run: what is being measured then is not recorded. */
  readonly signal: AbortSignal;
}

/**
 * Measures every series once a round, each with its arm started and stopped, so that a slow minute
 * of the machine hits them all and no arm idles beside another. What is in the record already is
 * left out.
 */
export async function runRounds(series: readonly Series[], options: RoundsOptions): Promise<void> {
  await using generator = new Generator();
  const failures = new Map<string, number>();
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const one of series) {
      if (options.signal.aborted) return;
      const { name } = one.kind;
      const failed = failures.get(name) ?? 0;
      if (failed >= FAILURES_MAX) continue;
      const isDone = await new Turn(one, round, { ...options, generator }).run();
      failures.set(name, isDone ? 0 : failed + 1);
    }
  }
}

/** One series in one round. */
class Turn {
  readonly #series: Series;
  readonly #round: number;
  readonly #options: RoundsOptions & { readonly generator: Generator };

  constructor(
    series: Series,
    round: number,
    options: RoundsOptions & { readonly generator: Generator },
  ) {
    this.#series = series;
    this.#round = round;
    this.#options = options;
  }

  /** @returns whether all was measured; else the record says why not */
  async run(): Promise<boolean> {
    const left = this.#series.steps.filter((step) => !this.#options.record.has(this.#place(step)));
    const shared = left.filter(({ isAlone }) => !isAlone);
    const { record, print } = this.#options;
    const { name } = this.#series.kind;
    try {
      if (shared.length > 0) await this.#measure(shared);
      for (const step of left.filter(({ isAlone }) => isAlone)) await this.#measure([step]);
      record.forgive(name);
      return true;
    } catch (error) {
      if (this.#options.signal.aborted) return false;
      const reason = messageOf(error);
      print(`round ${this.#round}  ${name}  FAILED: ${reason.slice(0, 2000)}`);
      record.fail({ arm: name, reason: reason.slice(0, 500) });
      return false;
    }
  }

  async #measure(steps: readonly Step[]): Promise<void> {
    const { kind, workload } = this.#series;
    await using arm = await kind.start(workload);
    const bench = this.#bench(arm);
    if (kind.steps === undefined) await this.#warmUp(bench);
    for (const step of steps) {
      const sample = await leastDisturbed(
        async () => step.measure(bench),
        step.isAlone ? 1 : this.#options.triesMax,
      );
      this.#options.signal.throwIfAborted();
      this.#options.record.add({ ...this.#place(step), sample });
      this.#options.print(this.#line(step, sample));
    }
  }

  /** Caches, compilers and connections settle before anything counts. */
  async #warmUp(bench: Bench): Promise<void> {
    const windowMs = this.#options.warmUpMs;
    await serve({ ...bench, windowMs }, { clients: WARM_UP_CLIENTS });
  }

  #bench(arm: Arm): Bench {
    const { kind, workload } = this.#series;
    const { generator, windowMs } = this.#options;
    return { arm, kind, workload, generator, windowMs, seed: this.#round };
  }

  #place(step: Step) {
    const { kind, workload } = this.#series;
    return { round: this.#round, arm: kind.name, workload, step: step.name };
  }

  #line(step: Step, sample: Sample): string {
    const { kind, workload } = this.#series;
    const figures = Object.entries(sample.figures)
      .filter(([, value]) => value !== 0)
      .map(([name, value]) => `${name} ${value.toFixed(value < 100 ? 2 : 0)}`);
    const notes = [
      ...(isClean(sample) ? [] : [`not clean: ${sample.foreignCores.toFixed(2)} cores`]),
      ...(sample.refused > 0 ? [`refused ${sample.refused}`] : []),
      ...(sample.wrong > 0 ? [`WRONG ${sample.wrong}`] : []),
    ];
    const place = `round ${this.#round}  ${workload}  ${kind.name.padEnd(14)} ${step.name}`;
    return [place, ...figures, ...notes].join("  ");
  }
}

/** Measures again while it is disturbed. */
async function leastDisturbed(measure: () => Promise<Sample>, triesMax: number): Promise<Sample> {
  let best = await measure();
  for (let tries = 1; tries < triesMax && !isClean(best); tries += 1) {
    const sample = await measure();
    if (sample.foreignCores < best.foreignCores || sample.wrong > 0) best = sample;
    if (sample.wrong > 0) break;
  }
  return best;
}
