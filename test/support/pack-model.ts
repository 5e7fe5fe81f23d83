import { DIGITS, isLarge, isLate, openIn, type ModelJob, type ModelPack } from "./model-pack.ts";

export interface ModelSettle {
  readonly pack: string;
  readonly attempt: number;
  readonly first: number;
  readonly letters: string;
  /** Of each job, however large. */
  readonly bodies: readonly string[];
}

export interface ModelTurn {
  readonly run: string;
  /** It was never answered, and so may begin. */
  readonly begins: boolean;
  readonly number: number;
  readonly wanted:
    { readonly lane: string; readonly rows: number; readonly woken: boolean } | undefined;
  readonly settles: readonly ModelSettle[];
}

export interface ModelTurned {
  readonly verdicts: readonly string[];
  readonly taken: readonly string[];
  readonly left: number;
}

interface ModelRun {
  endsMs: number;
  readonly taken: Map<string, number>;
}

const DEATHS_TO_PART = 2;
const DEATHS_MAX = 5;

/**
 * What packs, turns and leases promise, plainly: jobs with states, lists of names, and runs. Every count
 * follows from these. Times are ms of the caller's clock.
 */
export class PackModel {
  readonly packs = new Map<string, ModelPack>();
  readonly ready = new Map<string, string[]>();
  readonly runs = new Map<string, ModelRun>();
  /** Jobs that a lane has accepted, ever. */
  readonly accepted = new Map<string, number>();
  /** Jobs that ended, one entry for each time that one did. */
  readonly ends: ModelPack[] = [];
  /** Large outputs that were put in keys of their own, by pack and index. */
  readonly #outputs = new Map<string, string>();
  readonly #leaseMs: number;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  accept(pack: ModelPack): void {
    if (this.packs.has(pack.name)) return;
    this.packs.set(pack.name, pack);
    this.readyOf(pack.lane).push(pack.name);
    this.#count(pack.lane, pack.jobs.length);
  }

  /** Before the turn that settles: of jobs that are the run's, and open. */
  putOutputs(run: string, { pack: name, attempt, first, letters, bodies }: ModelSettle): void {
    const pack = this.packs.get(name);
    if (pack?.run !== run || pack.attempt !== attempt) return;
    for (const [i, letter] of letters.split("").entries()) {
      const body = bodies[i] ?? "";
      if (!isLarge(letter, body) || pack.jobs[first + i]?.state !== "W") continue;
      this.#outputs.set(`${name} ${first + i}`, body);
    }
  }

  turn(turn: ModelTurn, nowMs: number): ModelTurned | "fenced" {
    const { run, begins, wanted, number } = turn;
    if (begins) {
      const known = this.runs.get(run) ?? { endsMs: 0, taken: new Map<string, number>() };
      known.endsMs = nowMs + this.#leaseMs;
      this.runs.set(run, known);
    }
    const mine = this.runs.get(run);
    if (mine === undefined) return "fenced";
    const ours = turn.settles.map(({ pack }) => {
      const took = mine.taken.get(pack);
      return took !== undefined && took !== number;
    });
    const again = [...mine.taken].filter(([, it]) => it === number).map(([name]) => name);
    const taken = again.length > 0 || !wanted ? again : this.#take(turn, wanted, nowMs);
    const verdicts = turn.settles.map((it, i) =>
      ours[i] ? this.#settle(it) : "-".repeat(it.letters.length),
    );
    if (wanted === undefined) return { verdicts, taken: [], left: 0 };
    return { verdicts, taken, left: this.readyOf(wanted.lane).length };
  }

  beat(run: string, held: readonly string[], answered: number, nowMs: number): boolean {
    const mine = this.runs.get(run);
    if (mine === undefined) return false;
    mine.endsMs = nowMs + this.#leaseMs;
    const loose = [...mine.taken].filter(([name, it]) => it <= answered && !held.includes(name));
    this.release(
      run,
      loose.map(([name]) => name),
    );
    return true;
  }

  release(run: string, names: readonly string[]): void {
    for (const name of names.toSorted().toReversed()) {
      this.runs.get(run)?.taken.delete(name);
      const pack = this.packs.get(name);
      if (pack?.run !== run) continue;
      pack.run = undefined;
      this.readyOf(pack.lane).unshift(name);
    }
  }

  leave(run: string): void {
    this.release(run, [...(this.runs.get(run)?.taken.keys() ?? [])]);
    this.runs.delete(run);
  }

  /** @returns runs whose lease had ended */
  reap(nowMs: number): number {
    const dead = [...this.runs].filter(([, { endsMs }]) => endsMs <= nowMs);
    // As Redis has them: by the end of their lease, and then by name.
    dead.sort(([a, x], [b, y]) => x.endsMs - y.endsMs || (a < b ? -1 : 1));
    for (const [run, { taken }] of dead) {
      this.runs.delete(run);
      for (const name of [...taken.keys()].toSorted().toReversed()) this.#lose(name, run);
    }
    return dead.length;
  }

  /** @returns whether it was open */
  end(name: string, index: number, letter: string, body: string): boolean {
    const pack = this.packs.get(name);
    const job = pack?.jobs[index];
    if (pack === undefined || job?.state !== "W") return false;
    this.#end(pack, job, letter, body);
    return true;
  }

  /** Ends what is late. @returns jobs that ended */
  endOverdue(nowMs: number): number {
    let ended = 0;
    for (const pack of this.packs.values()) {
      if (openIn(pack) === 0 || !isLate(pack, nowMs)) continue;
      for (const job of pack.jobs) {
        if (job.state !== "W") continue;
        this.#end(pack, job, "X", "");
        ended += 1;
      }
    }
    return ended;
  }

  /** Once more, as the next attempt, in a pack of its own. @returns whether it may */
  retry(name: string, index: number, nowMs: number): boolean {
    const pack = this.packs.get(name);
    const job = pack?.jobs[index];
    if (pack === undefined || job?.end === undefined || !"FCX".includes(job.state)) return false;
    const { attempt } = job.end;
    const again = pack.jobs.length === 1 ? pack : this.#moveOut(pack, index);
    const [own] = again.jobs;
    if (own === undefined) return false;
    own.state = "W";
    own.end = undefined;
    again.attempt = attempt + 1;
    again.firstAttempt = attempt + 1;
    again.queuedAtMs = nowMs;
    again.startedAtMs = undefined;
    again.deaths = 0;
    this.readyOf(again.lane).push(again.name);
    this.#count(again.lane, 1);
    return true;
  }

  /** @returns whether it has ended */
  erase(name: string, index: number): boolean {
    const job = this.packs.get(name)?.jobs[index];
    if (job === undefined || !"SFCXD".includes(job.state)) return false;
    job.state = "D";
    job.end = undefined;
    const origin = this.packs.get(this.packs.get(name)?.origin ?? "");
    const left = origin?.jobs[DIGITS.indexOf(name.slice(-1))];
    if (left !== undefined) left.state = "D";
    return true;
  }

  readyOf(lane: string): string[] {
    const list = this.ready.get(lane) ?? [];
    this.ready.set(lane, list);
    return list;
  }

  #count(lane: string, jobs: number): void {
    this.accepted.set(lane, (this.accepted.get(lane) ?? 0) + jobs);
  }

  #settle({ pack: name, attempt, first, letters, bodies }: ModelSettle): string {
    const pack = this.packs.get(name);
    if (pack === undefined || pack.attempt !== attempt) return "-".repeat(letters.length);
    const verdict = letters.split("").map((letter, i) => {
      const job = pack.jobs[first + i];
      if (job?.state !== "W") return "-";
      const given = bodies[i] ?? "";
      const body = isLarge(letter, given) ? this.#outputs.get(`${name} ${first + i}`) : given;
      // It was not put, since the job was not the run's then.
      if (body === undefined) return "-";
      this.#end(pack, job, letter, body);
      return letter;
    });
    return verdict.join("");
  }

  #end(pack: ModelPack, job: ModelJob, letter: string, body: string): void {
    job.state = letter;
    job.end = { body, attempt: pack.attempt };
    this.ends.push(pack);
    if (openIn(pack) === 0) this.#close(pack);
  }

  #close(pack: ModelPack): void {
    if (pack.run !== undefined) this.runs.get(pack.run)?.taken.delete(pack.name);
    pack.run = undefined;
  }

  #take(
    { run, number }: ModelTurn,
    wanted: NonNullable<ModelTurn["wanted"]>,
    nowMs: number,
  ): readonly string[] {
    const ready = this.readyOf(wanted.lane);
    const taken: string[] = [];
    let rows = 0;
    let isApart = false;
    while (ready.length > 0 && rows < wanted.rows) {
      const pack = this.packs.get(ready[0] ?? "");
      // One that was retried may stand there twice.
      const isOver = pack === undefined || pack.run !== undefined || openIn(pack) === 0;
      if (isOver || isLate(pack, nowMs)) {
        ready.shift();
        continue;
      }
      const more = openIn(pack);
      const isAlone = pack.deaths > 0;
      if (taken.length > 0 && (isApart || isAlone || rows + more > wanted.rows)) break;
      ready.shift();
      taken.push(pack.name);
      rows += more;
      isApart = isAlone;
      pack.run = run;
      pack.startedAtMs = nowMs;
      this.runs.get(run)?.taken.set(pack.name, number);
    }
    return taken;
  }

  #lose(name: string, run: string): void {
    const pack = this.packs.get(name);
    if (pack?.run !== run) return;
    pack.run = undefined;
    const deaths = pack.deaths + 1;
    const isUsedUp = pack.attempt + 1 - pack.firstAttempt > pack.limits.retries;
    if (isUsedUp || deaths >= DEATHS_MAX) {
      for (const job of pack.jobs) if (job.state === "W") this.#end(pack, job, "F", "");
      return;
    }
    pack.attempt += 1;
    pack.deaths = deaths;
    const ready = this.readyOf(pack.lane);
    if (deaths < DEATHS_TO_PART || openIn(pack) === 1) {
      ready.unshift(name);
      return;
    }
    for (let index = pack.jobs.length - 1; index >= 0; index -= 1) {
      if (pack.jobs[index]?.state === "W") ready.unshift(this.#moveOut(pack, index).name);
    }
  }

  #moveOut(pack: ModelPack, index: number): ModelPack {
    const job = pack.jobs[index];
    if (job === undefined) throw new Error("no such job");
    const own = {
      ...pack,
      name: pack.name + DIGITS.charAt(index),
      origin: pack.name,
      run: undefined,
      jobs: [{ ...job }],
    };
    job.state = "M";
    job.end = undefined;
    this.packs.set(own.name, own);
    return own;
  }
}
