import type { LaneClass } from "../../shared/lane.ts";
import type { SessionShares } from "./session-shares.ts";

/**
 * Whom a task may share a tensor batch with.
 *
 * - `any`: whoever waits for the same model version
 * - `group`: only tasks of its own group, because their worker died once with them in hand
 * - `alone`: nobody, because a runner died with it in company
 * - `exclusive`: nobody, and no other slot may be busy: it may be what kills workers
 */
export type Company = "any" | "group" | "alone" | "exclusive";

/** Whose work goes before whose, but for shares. */
const ORDER: Readonly<Record<LaneClass, number>> = { interactive: 0, bulk: 1, shadow: 2 };

/** What the batcher needs to know of a job that waits. */
export interface Waiting {
  /** Model version; tasks of different ones never meet. */
  readonly model: string;
  readonly class: LaneClass;
  /** Rows it adds to the tensor batch, 1..`rowsMax`. */
  readonly rows: number;
  readonly rowsMax: number;
  /** How long it may wait for company, in ms. */
  readonly delayMaxMs: number;
  readonly company: Company;
  readonly group: string;
  /** When it began to wait, in ms of any steady clock. */
  readonly sinceMs: number;
}

/**
 * Forms tensor batches. Work-conserving: a free slot gets what is there, up to `rowsMax` rows,
 * unless the model's manifest wants to wait for company, or a brief run of its lane is under way: a second
 * slot would cost a tenth more CPU, and end no sooner. Pure: told the time, starts no timer.
 *
 * Between classes, session time is shared out; within a class, the batch goes to the task that has
 * waited longest.
 */
export class Batcher<T extends Waiting> {
  readonly #shares: SessionShares;
  #waiting: T[] = [];
  #exclusive = false;
  /** Batches that were taken and have not ended, with whom to tell how long they took. */
  readonly #running = new Map<readonly T[], (ms: number) => void>();

  constructor(shares: SessionShares) {
    this.#shares = shares;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Batches that were taken and have not ended. */
  get running(): number {
    return this.#running.size;
  }

  /** Those that were taken and have not ended. */
  get runningBatches(): readonly (readonly T[])[] {
    return [...this.#running.keys()];
  }

  /** How many tensor batches wait that go before, or are, work of a class; at least. */
  waitingBatches(laneClass: LaneClass): number {
    let batches = 0;
    for (const { class: own, company, rows, rowsMax } of this.#waiting) {
      if (ORDER[own] > ORDER[laneClass]) continue;
      batches += company === "any" ? rows / rowsMax : 1;
    }
    return batches;
  }

  /** Whether some task needs, or has, the whole worker to itself. */
  get hasExclusive(): boolean {
    return this.#exclusive || this.#waiting.some(({ company }) => company === "exclusive");
  }

  add(task: T): void {
    this.#waiting.push(task);
  }

  /** Puts a batch that was taken back in its place, as if it had not been; it is still to be released. */
  putBack(batch: readonly T[]): void {
    this.#waiting.unshift(...batch);
  }

  /** Takes the next batch out, or undefined when nothing may start now. */
  take(nowMs: number): readonly T[] | undefined {
    if (this.#exclusive) return undefined;
    const batch = this.#choose(nowMs);
    if (batch === undefined) return undefined;
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((task) => !taken.has(task));
    const [head] = batch;
    this.#exclusive = head?.company === "exclusive";
    this.#running.set(batch, head === undefined ? () => {} : this.#shares.begin(head));
    return batch;
  }

  /** Says that a batch which was taken has ended. @param sessionMs how long its slot was busy */
  release(batch: readonly T[], sessionMs: number): void {
    this.#running.get(batch)?.(sessionMs);
    this.#running.delete(batch);
    this.#exclusive = false;
  }

  /** When a task that waits for company has waited enough; undefined when none does. */
  wakeAtMs(): number | undefined {
    let earliestMs = Infinity;
    for (const task of this.#waiting) {
      const delayMs = this.#delayMs(task);
      if (delayMs > 0) earliestMs = Math.min(earliestMs, task.sinceMs + delayMs);
    }
    return earliestMs === Infinity ? undefined : earliestMs;
  }

  /** Takes out those that wait and that somebody wants out. */
  remove(isWanted: (task: T) => boolean): readonly T[] {
    const tasks = this.#waiting.filter(isWanted);
    this.#waiting = this.#waiting.filter((task) => !isWanted(task));
    return tasks;
  }

  #choose(nowMs: number): readonly T[] | undefined {
    const isWaiting = (laneClass: LaneClass): boolean =>
      this.#waiting.some((task) => task.class === laneClass);
    for (const laneClass of this.#shares.order(isWaiting)) {
      const seen = new Set<string>();
      for (const head of this.#waiting) {
        if (head.class !== laneClass || seen.has(head.model)) continue;
        if (head.company === "exclusive") {
          // Nothing that came later may start: under steady load the slots would never be empty.
          return this.#running.size === 0 ? [head] : undefined;
        }
        const batch = this.#companyOf(head);
        if (isFull(batch) || nowMs - head.sinceMs >= this.#delayMs(head)) return batch;
        seen.add(head.model);
      }
    }
    return undefined;
  }

  /** How long a task may wait for company. */
  #delayMs(task: T): number {
    const { model, company, delayMaxMs } = task;
    const waitMs = company === "any" ? this.#shares.waitMs(model) : 0;
    return waitMs > delayMaxMs && this.#isRunning(task) ? waitMs : delayMaxMs;
  }

  /** Whether some of its lane runs: interactive work waits for no block of bulk. */
  #isRunning({ model, class: laneClass }: T): boolean {
    for (const [head] of this.#running.keys()) {
      if (head?.model === model && head.class === laneClass) return true;
    }
    return false;
  }

  /** The head and, in order, those that may travel with it and still fit. */
  #companyOf(head: T): readonly T[] {
    if (head.company === "alone") return [head];
    // The head always goes, also when the limit was lowered below its rows while it waited.
    const batch: T[] = [head];
    let { rows } = head;
    for (const task of this.#waiting) {
      if (rows >= head.rowsMax) break;
      if (task === head || !mayJoin(head, task) || rows + task.rows > head.rowsMax) continue;
      batch.push(task);
      rows += task.rows;
    }
    return batch;
  }
}

function mayJoin(head: Waiting, task: Waiting): boolean {
  if (task.model !== head.model || task.class !== head.class) return false;
  if (task.company !== head.company) return false;
  return head.company === "any" || task.group === head.group;
}

function isFull(batch: readonly Waiting[]): boolean {
  const rows = batch.reduce((sum, task) => sum + task.rows, 0);
  return rows >= (batch[0]?.rowsMax ?? 0);
}
