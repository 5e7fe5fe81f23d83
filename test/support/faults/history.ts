import type { Answer } from "../client.ts";
import type { Act } from "./oracle.ts";
import { Oracle, type Execution } from "./oracle.ts";

/** What was asked of the system: one input, a job or an item of a batch. */
export interface Asked {
  /** Every input of a history has a number of its own. */
  readonly n: number;
  readonly act: Act;
  readonly kind: "job" | "item";
  /** Its end is to be told to the receiver. */
  readonly isCalledBack: boolean;
}

/** How an input ended, as a client saw it. */
export interface End {
  readonly status: string;
  readonly code: string | undefined;
  readonly output: unknown;
}

/**
 * How a request was answered. `unknown`: no answer, or one that says so; it may have been accepted.
 */
type Standing = "open" | "accepted" | "refused" | "unknown";

/** One input, from when it was asked to when a client saw its end. */
export class Course {
  readonly asked: Asked;
  readonly askedAtMs = Date.now();
  standing: Standing = "open";
  /** When a client saw its last end; undefined while it has another one before it. */
  endedAtMs: number | undefined;
  isCanceled = false;
  /** It was given less time than it may need. */
  isHurried = false;
  #retries = 0;
  readonly #ids = new Set<string>();
  readonly #ends = new Map<number, End>();

  constructor(asked: Asked) {
    this.asked = asked;
  }

  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** By attempt, what clients saw it end with. */
  get ends(): readonly End[] {
    return [...this.#ends.values()];
  }

  /** The system said yes, under this id. */
  accept(id: string): void {
    this.standing = "accepted";
    this.#ids.add(id);
  }

  /** The system said no: it must not exist. */
  refuse(): void {
    if (this.standing === "open") this.standing = "refused";
  }

  /** Nobody knows. A later answer decides. */
  lose(id: string | undefined): void {
    if (this.standing === "open") this.standing = "unknown";
    if (id !== undefined) this.#ids.add(id);
  }

  /** Its client asks for another attempt, and may be heard: what breaks from now on may have it run again. */
  retry(): void {
    this.#retries += 1;
    this.endedAtMs = undefined;
  }

  /** @returns what is wrong: an end that was seen differs from one seen before */
  see(attempt: number, end: End): string | undefined {
    this.endedAtMs ??= Date.now();
    const before = this.#ends.get(attempt);
    this.#ends.set(attempt, before ?? end);
    if (before === undefined || JSON.stringify(before) === JSON.stringify(end)) return undefined;
    return `${this.#told()}: attempt ${attempt} ended ${told(before)}, and then ${told(end)}`;
  }

  /**
   * What is wrong with it, now that all is over.
   *
   * @param executions of this input
   * @param disturbances while it was there, the beginning of a fault and its end each counted
   * @param losses faults that may have cost it a worker
   * @param runnerDied whether a runner was killed that may have had it
   */
  faults(executions: number, disturbances: number, losses: number, runnerDied = false): string[] {
    const faults: string[] = [];
    if (this.standing === "open") faults.push("was never answered");
    if (this.#ids.size > 1) faults.push(`has ${this.#ids.size} ids`);
    if (this.standing === "refused" && executions > 0) faults.push("was refused, and ran");
    const ends = this.#ends.size;
    if (this.standing === "accepted" && (ends < 1 || ends > 1 + this.#retries)) {
      faults.push(`has ${ends} ends`);
    }
    for (const end of this.#ends.values())
      if (!this.#mayEnd(end, losses, runnerDied))
        faults.push(`ended ${told(end)} after ${losses} faults`);
    if (executions > 1 + this.#retries + disturbances) {
      faults.push(`ran ${executions} times with ${disturbances} faults`);
    }
    return faults.map((fault) => `${this.#told()}: ${fault}`);
  }

  #mayEnd({ status, code, output }: End, losses: number, runnerDied: boolean): boolean {
    // Beyond as many lost workers as `retries` allows, this is the end that we promise.
    if (code === "worker_lost") return status === "failed" && losses > RETRIES;
    if (this.isCanceled && status === "canceled") return true;
    if (this.isHurried && status === "expired") return true;
    // A runner that is killed while it hangs there, alone and for the second time, has crashed by it.
    if (this.asked.act === "hang" && code === "model_crash") return runnerDied;
    if (status === "failed") return FAILURES[this.asked.act].includes(code ?? "");
    const answer = Oracle.answer(this.asked.n);
    return status === "succeeded" && JSON.stringify(output) === JSON.stringify(answer);
  }

  #told(): string {
    const { kind, n, act } = this.asked;
    return `${kind} ${n} (${act}, ${this.standing}${[...this.#ids].map((id) => ` ${id}`).join("")})`;
  }
}

/** How many workers a job may lose, unless its request says otherwise: see docs/api.md. */
const RETRIES = 5;

/** Faults after which every worker still has what it had. */
const SPARES_WORKERS = /^(?:gateway|courier|runner|clock) /;

/** What ends badly, and how. A worker that is killed now and then may add to what dies by itself. */
const FAILURES: Readonly<Record<Act, readonly string[]>> = {
  none: [],
  slow: [],
  fail: ["model_error"],
  die: ["model_crash", "poisoned"],
  hang: ["attempt_timeout", "poisoned"],
};

function told({ status, code, output }: End): string {
  return [status, code, JSON.stringify(output)].filter((it) => it !== undefined).join(" ");
}

/** The end that an answer shows; undefined while there is none. */
export function endOf(job: Answer): End | undefined {
  const { status, error, output } = job;
  if (status === "queued" || status === "running") return undefined;
  return { status: String(status), code: error?.code, output: output ?? undefined };
}

/** Everything that was asked, answered and broken; and the judgement over it. */
export class History {
  readonly #courses = new Map<number, Course>();
  readonly #disturbances: { readonly what: string | undefined; readonly atMs: number }[] = [];
  readonly #violations: string[] = [];

  ask(asked: Omit<Asked, "n">): Course {
    const course = new Course({ ...asked, n: this.#courses.size + 1 });
    this.#courses.set(course.asked.n, course);
    return course;
  }

  get courses(): readonly Course[] {
    return [...this.#courses.values()];
  }

  of(n: number): Course | undefined {
    return this.#courses.get(n);
  }

  /** A fault was put in, or has ended (undefined). What ran then may run again. */
  disturb(what?: string): void {
    this.#disturbances.push({ what, atMs: Date.now() });
  }

  note(violation: string | undefined): void {
    if (violation !== undefined) this.#violations.push(violation);
  }

  /** How many of each, for a report. */
  told(): string {
    const kinds = Map.groupBy(this.#disturbances, ({ what }) => what);
    kinds.delete(undefined);
    const faults = [...kinds].map(([what, all]) => `${all.length} × ${what}`).toSorted();
    const states = Map.groupBy(this.courses, ({ standing }) => standing);
    const counts = [...states].map(([standing, all]) => `${all.length} ${standing}`).toSorted();
    return `${this.#courses.size} inputs (${counts.join(", ")}); ${faults.join(", ") || "no faults"}`;
  }

  /**
   * Everything that breaks a promise: no end or more than one, an answer that differs from the
   * oracle's, a refused input that ran, more executions than faults account for.
   */
  judge(executions: readonly Execution[]): readonly string[] {
    const runs = Map.groupBy(executions, ({ n }) => n);
    // What ends its runner has its neighbours run again.
    const bad = executions.filter(({ act }) => act === "die" || act === "hang");
    const times = [...this.#disturbances, ...bad].map(({ atMs }) => atMs);
    const faults = this.courses.flatMap((course) => {
      const own = runs.get(course.asked.n) ?? [];
      const endMs = course.endedAtMs ?? Infinity;
      const wasThere = (atMs: number): boolean =>
        atMs >= course.askedAtMs - LINGER_MS && atMs <= endMs;
      const seen = this.#disturbances.filter(({ atMs }) => wasThere(atMs));
      const losses = seen.filter(({ what }) => what && !SPARES_WORKERS.test(what)).length;
      const runnerDied = seen.some(({ what }) => what === "runner killed");
      return course.faults(own.length, times.filter(wasThere).length, losses, runnerDied);
    });
    const strangers = [...runs.keys()].filter((n) => !this.#courses.has(n));
    return [...this.#violations, ...faults, ...strangers.map((n) => `input ${n} was never asked`)];
  }
}

/** A fault shows for as long: a worker that was stopped, or a link that fell silent, in ms. */
const LINGER_MS = 25_000;
