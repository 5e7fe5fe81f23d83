import { jobClasses, type JobClass, type Lane, type LaneClass } from "../../shared/lane.ts";
import { FairShare } from "./fair-share.ts";

/** Of session time while both classes have work. */
const WEIGHTS: Readonly<Record<JobClass, number>> = { interactive: 0.8, bulk: 0.2 };

/** A run below this is short, in ms: work may wait behind it, since nobody else could begin it sooner. */
const SHORT_MS = 50;

/** A run below this is brief, in ms: what waits for its slot is run sooner than on another, and at less cost. */
const BRIEF_MS = 5;

/** How much of a new run's time goes into the mean. */
const MEAN_STEP = 0.2;

/**
 * What session time each lane had, and who is next: interactive work before bulk, which has its fifth;
 * within a class the models share alike. Shadows have no share: they get what nobody else wants.
 */
export class SessionShares {
  readonly #classes = new FairShare<JobClass>((it) => WEIGHTS[it]);
  readonly #models: Readonly<Record<LaneClass, FairShare<string>>> = {
    interactive: new FairShare(() => 1),
    bulk: new FairShare(() => 1),
    shadow: new FairShare(() => 1),
  };
  /** By model version, of a tensor batch in ms. */
  readonly #meanMs = new Map<string, number>();

  /** Which class is next of those that want session time, and which after it. */
  order(wanting: (laneClass: LaneClass) => boolean): readonly LaneClass[] {
    const classes = jobClasses.filter(wanting);
    if (classes.length === 0) return wanting("shadow") ? ["shadow"] : [];
    const first = this.#classes.next(classes);
    return classes.toSorted((a, b) => Number(b === first) - Number(a === first));
  }

  /** Which of these lanes is next; the earlier in the list where shares do not decide. */
  next<L extends Lane>(wanting: readonly L[]): L | undefined {
    const [first] = this.order((laneClass) => wanting.some((lane) => lane.class === laneClass));
    if (first === undefined) return undefined;
    const lanes = wanting.filter((lane) => lane.class === first);
    const model = this.#models[first].next(lanes.map((lane) => lane.model));
    return lanes.find((lane) => lane.model === model);
  }

  /** Says that a tensor batch of a lane begins. @returns to be told how long its slot was busy, in ms */
  begin({ model, class: laneClass }: Lane): (ms: number) => void {
    const ends = [this.#models[laneClass].begin(model)];
    if (laneClass !== "shadow") ends.push(this.#classes.begin(laneClass));
    return (ms) => {
      for (const end of ends) end(ms);
    };
  }

  /** @param ms of a tensor batch in its runner, loading aside */
  noteRun(model: string, ms: number): void {
    const mean = this.#meanMs.get(model);
    this.#meanMs.set(model, mean === undefined ? ms : mean + MEAN_STEP * (ms - mean));
  }

  /** How many tensor batches of a version are over in this time; 1 at least, and until it was measured. */
  batchesIn(model: string, ms: number): number {
    return Math.max(1, Math.floor(ms / (this.#meanMs.get(model) ?? Infinity)));
  }

  /** How long rows of a version may wait for a run of it to end, in ms; 0 unless its runs were measured to be brief. */
  waitMs(model: string): number {
    return (this.#meanMs.get(model) ?? Infinity) < BRIEF_MS ? BRIEF_MS : 0;
  }

  /** Whether a version's runs were measured to be over in a moment. */
  isShort(model: string): boolean {
    return (this.#meanMs.get(model) ?? Infinity) < SHORT_MS;
  }
}
