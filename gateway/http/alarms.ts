/** How exact they are, in ms. */
const STEP_MS = 20;

/** Somebody to be woken, once or several times. */
export interface Sleeper {
  wake(): void;
}

/**
 * Wakes many at times of their own with one timer: those whose times are near each other share a slot. A
 * timer for each cost more than all else of a wait.
 */
export class Alarms {
  readonly #slots = new Map<number, Set<Sleeper>>();
  #timer: NodeJS.Timeout | undefined;
  /** The slot that the timer is set to. */
  #next = Infinity;

  /** @param atMs by `performance.now()` @returns what `clear` takes */
  set(sleeper: Sleeper, atMs: number): number {
    const slot = Math.ceil(atMs / STEP_MS);
    const sleepers = this.#slots.get(slot);
    if (sleepers === undefined) this.#slots.set(slot, new Set([sleeper]));
    else sleepers.add(sleeper);
    if (slot < this.#next) this.#aim(slot);
    return slot;
  }

  clear(sleeper: Sleeper, slot: number): void {
    const sleepers = this.#slots.get(slot);
    sleepers?.delete(sleeper);
    if (sleepers?.size === 0) this.#slots.delete(slot);
  }

  /** A process that has nothing else to do need not live for it. */
  #aim(slot: number): void {
    clearTimeout(this.#timer);
    this.#next = slot;
    const inMs = Math.max(0, slot * STEP_MS - performance.now());
    this.#timer = setTimeout(() => this.#ring(), inMs).unref();
  }

  #ring(): void {
    const now = performance.now() / STEP_MS;
    this.#next = Infinity;
    let next = Infinity;
    for (const [slot, sleepers] of this.#slots) {
      if (slot > now) next = Math.min(next, slot);
      else {
        this.#slots.delete(slot);
        for (const sleeper of sleepers) sleeper.wake();
      }
    }
    if (next < this.#next) this.#aim(next);
  }
}
