/**
 * Something with a life: it starts once, and stops for good, within a deadline. Both may be called at
 * any time, again, and side by side; `test/integration/services.test.ts` holds every service to it.
 */
export interface Service {
  readonly name: string;
  /** Only the first begins anything, and none after a stop. One that is overtaken by a stop may fail. */
  start(): Promise<void>;
  /**
   * Stops in order and releases everything, also while it is being started, after it failed to, or
   * when it never was. Whichever stop returns first, from then on nothing is begun; when all have, and
   * the start, nothing goes on.
   *
   * @param deadline aborts when time is up
   */
  stop(deadline: AbortSignal): Promise<void>;
}

/**
 * Starts services in order; when one fails, the ones before it are stopped again.
 *
 * @param stop when it aborts, nothing more is begun, and what is being started is not waited for
 * @returns those that have begun, which are to be stopped: all, unless `stop` has aborted
 */
export async function startAll(
  services: readonly Service[],
  stop?: AbortSignal,
): Promise<readonly Service[]> {
  const begun: Service[] = [];
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const onStop = (): void => resolve();
  stop?.addEventListener("abort", onStop, { once: true });
  try {
    for (const service of services) {
      if (stop?.aborted === true) break;
      begun.push(service);
      await Promise.race([service.start(), told]);
    }
    return begun;
  } catch (error) {
    await stopAll(begun.slice(0, -1), AbortSignal.timeout(5000));
    throw error;
  } finally {
    stop?.removeEventListener("abort", onStop);
  }
}

/**
 * Stops services newest first, so that intake closes before the things it feeds. Every service is
 * asked to stop, also after another one failed to.
 *
 * @throws the first failure, after all have been asked
 */
export async function stopAll(services: readonly Service[], deadline: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const service of services.toReversed()) {
    await stopOne(service, deadline).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** A service that ignores the deadline must not keep the ones below it from stopping. */
async function stopOne(service: Service, deadline: AbortSignal): Promise<void> {
  if (deadline.aborted) throw new Error(`no time left to stop ${service.name}`);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Error(`${service.name} did not stop in time`));
  deadline.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([service.stop(deadline), late]);
  } finally {
    deadline.removeEventListener("abort", onAbort);
  }
}

/**
 * Does something every so many ms, from its start to its stop, as `Service` wants it.
 *
 *     new ──start──▶ begun ──stop──▶ stopped
 *      └──────────────stop──────────────┘
 */
export class Every {
  readonly #everyMs: number;
  readonly #duty: () => Promise<void> | void;
  #state: "new" | "begun" | "stopped" = "new";
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /**
   * @param everyMs from the end of one time to the next
   * @param duty never rejects; one whose promise it does not give is not waited for
   */
  constructor(everyMs: number, duty: () => Promise<void> | void) {
    this.#everyMs = everyMs;
    this.#duty = duty;
  }

  /** @param first comes before all; when it fails, so does the start, and nothing is done at all */
  readonly start = async (first?: () => Promise<void>): Promise<void> => {
    if (this.#state !== "new") return;
    this.#state = "begun";
    await first?.();
    this.#later();
  };

  /** For a duty with more than one step, which leaves off between two. */
  get isStopped(): boolean {
    return this.#state === "stopped";
  }

  /** Returns when the duty that is being done is done. Does not wait for the first time. */
  readonly stop = async (): Promise<void> => {
    this.#state = "stopped";
    clearTimeout(this.#timer);
    await this.#running;
  };

  #later(): void {
    if (this.#state === "stopped") return;
    this.#timer = setTimeout(() => {
      this.#running = this.#do();
    }, this.#everyMs);
  }

  async #do(): Promise<void> {
    await this.#duty();
    this.#later();
  }
}
