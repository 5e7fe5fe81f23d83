import type { JobClass } from "../../shared/lane.ts";

/**
 * Whom a task may share a tensor batch with.
 *
 * - `any`: whoever waits for the same model version
 * - `group`: only tasks of its own group, because their worker died once with them in hand
 * - `alone`: nobody, because a runner died with it in company
 * - `exclusive`: nobody, and no other slot may be busy: it may be what kills workers
 */
export type Company = "any" | "group" | "alone" | "exclusive";

/** What the batcher needs to know of a job that waits. */
export interface Waiting {
  /** Model version; tasks of different ones never meet. */
  readonly model: string;
  readonly class: JobClass;
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

/** Share of session time that bulk gets while interactive work waits too. */
const BULK_SHARE = 0.2;

/** Session time is remembered this long: ms, both classes together. */
const MEMORY_MS = 10_000;

/**
 * Forms tensor batches. Work-conserving: a free slot gets what is there, up to `rowsMax` rows,
 * unless the model's manifest wants to wait for company. Pure: told the time, starts no timer.
 *
 * Between classes, bulk gets its share of session time and interactive the rest; within a class,
 * the batch goes to the task that has waited longest.
 */
export class Batcher<T extends Waiting> {
  #waiting: T[] = [];
  #running = 0;
  #exclusive = false;
  /** Only while both classes had work: what one did alone is not held against it. */
  readonly #spentMs: Record<JobClass, number> = { interactive: 0, bulk: 0 };
  readonly #contested = new WeakSet<readonly T[]>();

  get size(): number {
    return this.#waiting.length;
  }

  /** Batches that were taken and have not ended. */
  get running(): number {
    return this.#running;
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
    this.#running += 1;
    const [head] = batch;
    this.#exclusive = head?.company === "exclusive";
    if (this.#waiting.some((task) => task.class !== head?.class)) this.#contested.add(batch);
    return batch;
  }

  /** Says that a batch which was taken has ended. @param sessionMs how long its slot was busy */
  release(batch: readonly T[], sessionMs: number): void {
    this.#running -= 1;
    this.#exclusive = false;
    const [head] = batch;
    if (head === undefined || !this.#contested.has(batch)) return;
    this.#spentMs[head.class] += sessionMs;
    if (this.#spentMs.interactive + this.#spentMs.bulk < MEMORY_MS) return;
    this.#spentMs.interactive /= 2;
    this.#spentMs.bulk /= 2;
  }

  /** When a task that waits for company has waited enough; undefined when none does. */
  wakeAtMs(): number | undefined {
    const times = this.#waiting
      .filter((task) => task.delayMaxMs > 0)
      .map((task) => task.sinceMs + task.delayMaxMs);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Takes out everything that waits. */
  drain(): readonly T[] {
    const tasks = this.#waiting;
    this.#waiting = [];
    return tasks;
  }

  #choose(nowMs: number): readonly T[] | undefined {
    for (const jobClass of this.#classOrder()) {
      const seen = new Set<string>();
      for (const head of this.#waiting) {
        if (head.class !== jobClass || seen.has(head.model)) continue;
        if (head.company === "exclusive") {
          // Nothing that came later may start: under steady load the slots would never be empty.
          return this.#running === 0 ? [head] : undefined;
        }
        const batch = this.#companyOf(head);
        if (isReady(batch, nowMs)) return batch;
        seen.add(head.model);
      }
    }
    return undefined;
  }

  #classOrder(): readonly JobClass[] {
    const { interactive, bulk } = this.#spentMs;
    const bulkIsOwed = bulk < BULK_SHARE * (interactive + bulk);
    return bulkIsOwed ? ["bulk", "interactive"] : ["interactive", "bulk"];
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

function isReady(batch: readonly Waiting[], nowMs: number): boolean {
  const [head] = batch;
  if (head === undefined) return false;
  const rows = batch.reduce((sum, task) => sum + task.rows, 0);
  return rows >= head.rowsMax || nowMs - head.sinceMs >= head.delayMaxMs;
}
