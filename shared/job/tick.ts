/** A burst of thousands in one turn must not become one call that holds up Redis for everybody else. */
const SIZE_A_CALL = 256;

interface Entry<T, R> {
  readonly item: T;
  readonly done: PromiseWithResolvers<R | undefined>;
}

interface Group<T, R> {
  /** What no call has taken along. */
  readonly entries: Entry<T, R>[];
  /** Calls under way. */
  calls: number;
  /** The end of this turn of the event loop, when a call is to be made by then. */
  soon: NodeJS.Immediate | undefined;
  /** When what is held goes at the latest. */
  late: NodeJS.Timeout | undefined;
}

export interface TickOptions<T> {
  /** How much of a call an item is, asked when the call is made; 1 by default. */
  readonly sizeOf?: (item: T) => number;
  /**
   * How long what arrives waits at most for the call of its group that is under way, in ms; 0 by default:
   * it does not. The busier what is called, the longer its answer takes, and the more goes with the next
   * call: what an item costs falls as load rises.
   */
  readonly holdMs?: number;
}

/**
 * Group commit: what arrives in one turn of the event loop, or while a call for its group is under way, is
 * worked on at once. Adds no delay when idle; holding longer than that costs throughput (measured: 0.92).
 */
export class Tick<T, R> {
  readonly #groupOf: (item: T) => string | number;
  readonly #work: (items: readonly T[]) => Promise<readonly R[]>;
  readonly #options: Required<TickOptions<T>>;
  readonly #groups = new Map<string | number, Group<T, R>>();

  /**
   * @param work called once a turn and group, or more often for a large one; gives a result per item, in their
   *   order
   */
  constructor(
    groupOf: (item: T) => string | number,
    work: (items: readonly T[]) => Promise<readonly R[]>,
    { sizeOf = () => 1, holdMs = 0 }: TickOptions<T> = {},
  ) {
    this.#groupOf = groupOf;
    this.#work = work;
    this.#options = { sizeOf, holdMs };
  }

  /** @throws what the work on its group throws */
  async add(item: T): Promise<R | undefined> {
    const done = Promise.withResolvers<R | undefined>();
    const key = this.#groupOf(item);
    const group = this.#groups.get(key) ?? newGroup();
    this.#groups.set(key, group);
    group.entries.push({ item, done });
    if (group.calls === 0 || this.#options.holdMs === 0) this.#handSoon(key, group);
    else group.late ??= setTimeout(() => this.#handSoon(key, group), this.#options.holdMs);
    return done.promise;
  }

  #handSoon(key: string | number, group: Group<T, R>): void {
    group.soon ??= setImmediate(() => this.#hand(key, group));
  }

  #hand(key: string | number, group: Group<T, R>): void {
    clearTimeout(group.late);
    group.late = undefined;
    group.soon = undefined;
    const calls = callsOf(group.entries.splice(0), ({ item }) => this.#options.sizeOf(item));
    for (const call of calls) void this.#call(key, group, call);
  }

  async #call(
    key: string | number,
    group: Group<T, R>,
    entries: readonly Entry<T, R>[],
  ): Promise<void> {
    group.calls += 1;
    try {
      const results = await this.#work(entries.map(({ item }) => item));
      for (const [i, { done }] of entries.entries()) done.resolve(results[i]);
    } catch (error) {
      for (const { done } of entries) done.reject(error);
    }
    group.calls -= 1;
    if (group.calls > 0) return;
    if (group.entries.length > 0) this.#handSoon(key, group);
    else this.#groups.delete(key);
  }
}

function newGroup<T, R>(): Group<T, R> {
  return { entries: [], calls: 0, soon: undefined, late: undefined };
}

function callsOf<T>(items: readonly T[], sizeOf: (item: T) => number): readonly (readonly T[])[] {
  const calls: T[][] = [];
  let left = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (size > left) {
      calls.push([]);
      left = SIZE_A_CALL;
    }
    calls.at(-1)?.push(item);
    left -= size;
  }
  return calls;
}
