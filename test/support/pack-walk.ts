import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { failure, type Outcome } from "../../shared/job/outcome.ts";
import { packRows } from "../../shared/job/payload.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { accept, isLargePayload, type NewPack } from "../../shared/pack/accept.ts";
import { endOverdue } from "../../shared/pack/due.ts";
import { endJob } from "../../shared/pack/end.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import { retryJob } from "../../shared/pack/retry.ts";
import { readInput, Run, RunFenced, type Settle, type TakenPack } from "../../shared/pack/run.ts";
import { atTime } from "../../shared/redis/script.ts";
import { newJob, quota, testIds, testLimits } from "./jobs.ts";
import { PackModel, type ModelPack, type ModelSettle, type ModelTurn } from "./pack-model.ts";
import type { Move, MoveOf, Step } from "./pack-steps.ts";
import { keys } from "./redis-keys.ts";

const LEASE_MS = 4000;
const RUNS = 3;
const logger = createLogger("worker", "silent");
const lanes: readonly Lane[] = [
  { model: "m@1", class: "interactive" },
  { model: "m@1", class: "bulk" },
];

/** A worker: a run, what it believes to have, and how many turns it has made. */
interface Worker {
  readonly run: Run;
  readonly held: Map<string, TakenPack>;
  turns: number;
  isKnown: boolean;
}

/**
 * Takes the same moves with the product's scripts and with the model, and holds each answer of the one to
 * that of the other. A script whose reply is lost is sent again at once, or, of turns, much later.
 */
export class PackWalk {
  readonly model = new PackModel(LEASE_MS);
  /** By name and index. */
  readonly payloads = new Map<string, Buffer>();
  /** Waiting shifts of each lane. */
  readonly shifts = new Map<string, number>();
  readonly #raw: Redis;
  readonly #redis: Redis;
  readonly #workers: Worker[];
  /** What was sent for a turn, and what the model makes of it. */
  readonly #sent: { readonly args: readonly unknown[]; readonly turn: ModelTurn }[] = [];
  #lastArgs: readonly unknown[] = [];
  #isTwice = false;
  #serial = 0;
  nowMs = 1_000_000;

  constructor(redis: Redis) {
    this.#raw = redis;
    this.#redis = atTime(this.#doubling(redis), () => this.nowMs);
    this.#workers = Array.from({ length: RUNS }, () => this.#newWorker());
  }

  async take({ isTwice, move }: Step): Promise<void> {
    this.nowMs += 1;
    this.#isTwice = isTwice;
    await this.#take(move);
    if (isTwice) this.#mendShifts();
    this.#isTwice = false;
  }

  /** A shift that a lost reply asked for is added by the courier. */
  #mendShifts(): void {
    for (const lane of lanes) {
      const name = laneName(lane);
      const isMissing = this.model.readyOf(name).length > 0 && (this.shifts.get(name) ?? 0) === 0;
      if (isMissing) this.shifts.set(name, 1);
    }
  }

  /** Every lease ends, what is left is run, and what is late ends. */
  async finish(): Promise<void> {
    this.nowMs += LEASE_MS;
    await this.#take({ do: "reap" });
    this.#workers.splice(0, RUNS, this.#newWorker());
    const turn = { do: "turn", run: 0, rows: 8 } as const;
    for (const lane of lanes.keys()) {
      while (this.model.readyOf(laneOf(lane)).length > 0) {
        await this.#take({ ...turn, lane, settles: [] });
        while ((this.#workers[0]?.held.size ?? 0) > 0) {
          const whole = {
            pack: 0,
            first: 0 as const,
            letters: "SSSS",
            isLate: false,
            isLarge: false,
          };
          await this.#take({ ...turn, lane: null, settles: [whole] });
        }
      }
    }
    this.nowMs += 3_600_000;
    await this.#take({ do: "overdue" });
  }

  async #take(move: Move): Promise<void> {
    switch (move.do) {
      case "accept":
        return this.#accept(move);
      case "turn":
        return this.#turn(move, false);
      case "wake":
        return this.#wake(move);
      case "beat":
        return this.#beat(move);
      case "release":
        return this.#release(move);
      case "leave":
        return this.#leave(move);
      case "sleep":
        this.nowMs += move.ms;
        return;
      case "reap":
        return this.#reap();
      case "cancel":
      case "retry":
      case "erase":
        return this.#onJob(move);
      case "overdue":
        return this.#endOverdue();
      case "resend":
        return this.#resend(move);
    }
  }

  async #accept({ lane: laneIndex, packs: wanted }: MoveOf<"accept">): Promise<void> {
    const lane = laneAt(laneIndex);
    const packs = wanted.map((it) => this.#newPack(lane, it));
    for (const { name, jobs } of packs) {
      const [{ payload } = { payload: Buffer.alloc(0) }] = jobs;
      if (isLargePayload(payload)) await this.#raw.set(`${keys.pack(name)}:in`, payload, "EX", 600);
    }
    const { verdicts, arm } = await accept(this.#redis, { lane, packs, quota: quota() });
    assert.ok(verdicts.flat().every(({ kind }) => kind === "accepted"));
    if (arm) await this.#arm(lane);
    for (const pack of packs) this.model.accept(modelOf(pack, lane, this.nowMs));
  }

  #newPack(lane: Lane, wanted: MoveOf<"accept">["packs"][number]): NewPack {
    const { startMs, totalMs, retries, isTaken } = wanted;
    const name = testIds.packName(this.nowMs);
    const tenants = wanted.isLarge ? wanted.tenants.slice(0, 1) : wanted.tenants;
    const jobs = tenants.map((tenant, index) => {
      const payload = packRows([Buffer.from(`${name} ${index}`.padEnd(wanted.isLarge ? 9000 : 0))]);
      this.payloads.set(`${name} ${index}`, payload);
      const id = testIds.jobId(name, index, tenant);
      const limits = { ...testLimits, startMs, totalMs, retries };
      return newJob(lane, "", { id, tenant, payload, limits });
    });
    return { name, nonce: name, jobs, isTaken };
  }

  async #wake(move: MoveOf<"wake">): Promise<void> {
    const name = laneOf(move.lane);
    const waiting = this.shifts.get(name) ?? 0;
    if (waiting > 0) this.shifts.set(name, waiting - 1);
    await this.#turn({ ...move, do: "turn" }, waiting > 0);
  }

  async #turn(move: MoveOf<"turn">, woken: boolean): Promise<void> {
    const worker = this.#workerAt(move.run);
    const settles = move.settles.flatMap((it, i) => {
      // An output is put in its key once, by whoever settles its job.
      const isLarge = it.isLarge && i === move.settles.length - 1;
      return this.#settleOf(worker, { ...it, isLarge }) ?? [];
    });
    const { lane: laneIndex, rows } = move;
    const wanted = laneIndex === null ? undefined : { lane: laneAt(laneIndex), rows, woken };
    worker.turns += 1;
    const turn: ModelTurn = {
      run: worker.run.id,
      begins: !worker.isKnown,
      number: worker.turns,
      wanted: wanted && { lane: laneName(wanted.lane), rows, woken },
      settles: settles.map((it) => modelSettleOf(it)),
    };
    const expected = this.model.turn(turn, this.nowMs);
    const turned = await worker.run.turn(wanted, settles).catch((error: unknown) => {
      if (error instanceof RunFenced) return "fenced" as const;
      throw error;
    });
    this.#sent.push({ args: this.#lastArgs, turn });
    if (expected === "fenced" || turned === "fenced") {
      assert.equal(turned, expected);
      // The shift that woke the worker is still to be answered, by a turn of its next run.
      if (wanted?.woken === true) await this.#arm(wanted.lane);
      return this.#renew(move.run);
    }
    worker.isKnown = true;
    // A settle that is sent again finds what it did itself.
    const isSame = (verdict: string, i: number): boolean =>
      verdict === expected.verdicts[i] || (this.#isTwice && /^-*$/.test(verdict));
    assert.ok(turned.verdicts.every(isSame), `${turned.verdicts} for ${expected.verdicts}`);
    const names = turned.packs.map(({ name }) => name);
    assert.deepEqual(names.toSorted(), expected.taken.toSorted());
    assert.equal(turned.left, expected.left);
    for (const { pack } of settles) {
      if (this.model.packs.get(pack)?.run !== worker.run.id) worker.held.delete(pack);
    }
    for (const pack of turned.packs) await this.#hold(worker, pack);
  }

  async #hold(worker: Worker, taken: TakenPack): Promise<void> {
    const pack = this.model.packs.get(taken.name);
    assert.ok(pack !== undefined);
    const states = pack.jobs.map(({ state }) => state).join("");
    const { attempt, deaths, startedAtMs, queuedAtMs } = pack;
    assert.deepEqual(
      [taken.states, taken.attempt, taken.deaths, taken.startedAtMs, taken.queuedAtMs],
      [states, attempt, deaths, startedAtMs, queuedAtMs],
    );
    for (const [index, { state }] of pack.jobs.entries()) {
      const payload = taken.isLarge
        ? await readInput(this.#raw, taken.name)
        : taken.payloads[index];
      assert.deepEqual(payload, state === "W" ? this.payloadOf(taken.name, index) : undefined);
    }
    worker.held.set(taken.name, taken);
  }

  payloadOf(name: string, index: number): Buffer | undefined {
    return this.payloads.get(originOf(name, index));
  }

  #settleOf(worker: Worker, wanted: MoveOf<"turn">["settles"][number]): Settle | undefined {
    const names = [...worker.held.keys()];
    const held = worker.held.get(names[wanted.pack % names.length] ?? "");
    if (held === undefined) return undefined;
    const { name, attempt, states } = held;
    const first = Math.min(wanted.first, states.length - 1);
    const letters = wanted.letters.slice(0, states.length - first);
    const outcomes = [...letters].map((letter): Outcome => {
      this.#serial += 1;
      const body = JSON.stringify({ n: this.#serial }).padEnd(wanted.isLarge ? 9000 : 0);
      if (letter === "S") return { status: "succeeded", body, metrics: undefined };
      return { ...failure(new Error("no")), body };
    });
    return { pack: name, attempt: wanted.isLate ? attempt + 100 : attempt, first, outcomes };
  }

  async #beat({ run, forgets }: MoveOf<"beat">): Promise<void> {
    const worker = this.#workerAt(run);
    // So that its last turn counts as answered.
    await new Promise((resolve) => setImmediate(resolve));
    const [first = ""] = worker.held.keys();
    if (forgets) worker.held.delete(first);
    const held = [...worker.held.keys()];
    if (!worker.isKnown) return;
    const lives = this.model.beat(worker.run.id, held, worker.turns, this.nowMs);
    const beaten = await worker.run.beat(held).then(
      () => true,
      (error: unknown) => error instanceof RunFenced && false,
    );
    assert.equal(beaten, lives);
    if (!lives) this.#renew(run);
  }

  async #release({ run, pack }: MoveOf<"release">): Promise<void> {
    const worker = this.#workerAt(run);
    const names = [...worker.held.keys()];
    const name = names[pack % names.length];
    if (name === undefined) return;
    worker.held.delete(name);
    this.model.release(worker.run.id, [name]);
    await worker.run.release([name]);
  }

  async #leave({ run }: MoveOf<"leave">): Promise<void> {
    const worker = this.#workerAt(run);
    this.model.leave(worker.run.id);
    await worker.run.leave();
    this.#renew(run);
  }

  async #reap(): Promise<void> {
    const reaped = await reapRuns(this.#redis, this.#recorder());
    const dead = this.model.reap(this.nowMs);
    assert.equal(reaped.runs, this.#isTwice ? 0 : dead);
  }

  async #endOverdue(): Promise<void> {
    let ended = await endOverdue(this.#redis);
    // On a busy machine its budget of time is over before everything is.
    while ((await this.#raw.zcount(keys.due, "-inf", this.nowMs)) > 0) {
      ended += await endOverdue(this.#redis);
    }
    const late = this.model.endOverdue(this.nowMs);
    assert.equal(ended, this.#isTwice ? 0 : late);
  }

  async #onJob(move: MoveOf<"cancel"> | MoveOf<"retry"> | MoveOf<"erase">): Promise<void> {
    const places = [...this.model.packs.values()].flatMap((pack) =>
      pack.jobs.flatMap((job, index) => (job.state === "M" ? [] : [{ pack, job, index }])),
    );
    const place = places[move.job % places.length];
    if (place === undefined) return;
    const { pack, job, index } = place;
    const id = testIds.jobId(pack.name, index, job.tenant);
    const { tenant } = job;
    if (move.do === "cancel") {
      const outcome = failure(new Error("no"), undefined, "canceled");
      const verdict = await endJob(this.#redis, { id, tenant, outcome });
      const ended = this.model.end(pack.name, index, "C", String(outcome.body));
      assert.equal(verdict, ended && !this.#isTwice ? "ended" : "late");
    } else if (move.do === "erase") {
      const verdict = await eraseJob(this.#redis, id, tenant);
      assert.equal(verdict, this.model.erase(pack.name, index) ? "erased" : "not_ended");
    } else {
      const attempt = job.end?.attempt ?? pack.attempt;
      const lane = lanes.find((it) => laneName(it) === pack.lane) ?? laneAt(0);
      const options = {
        job: { id, tenant, ...lane, attempt },
        quota: quota(),
        token: id + this.nowMs,
      };
      const verdict = await retryJob(this.#redis, this.#recorder(), options);
      const may = this.model.retry(pack.name, index, this.nowMs);
      assert.equal(verdict === "accepted", may, verdict);
    }
  }

  /** A turn that was sent on a connection that was given up meanwhile arrives once more. */
  async #resend({ turn: choice }: MoveOf<"resend">): Promise<void> {
    const sent = this.#sent[choice % this.#sent.length];
    if (sent === undefined) return;
    const args = [...sent.args.slice(0, -1), this.nowMs];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as they were sent
    await this.#raw.callBuffer(...(args as [string, ...string[]]));
    this.model.turn(sent.turn, this.nowMs);
  }

  #workerAt(choice: number): Worker {
    const worker = this.#workers[choice % this.#workers.length];
    assert.ok(worker !== undefined);
    return worker;
  }

  #renew(choice: number): void {
    this.#workers[choice % this.#workers.length] = this.#newWorker();
  }

  #newWorker(): Worker {
    const options = { redis: this.#redis, shifts: this.#recorder(), leaseMs: LEASE_MS, logger };
    return { run: new Run(options), held: new Map(), turns: 0, isKnown: false };
  }

  #recorder() {
    return { add: async (lane: Lane): Promise<void> => this.#arm(lane) };
  }

  async #arm(lane: Lane): Promise<void> {
    const name = laneName(lane);
    this.shifts.set(name, (this.shifts.get(name) ?? 0) + 1);
  }

  #doubling(redis: Redis): Redis {
    return new Proxy(redis, {
      get: (target, name) => {
        if (name === "callBuffer")
          return async (...args: [string, ...string[]]) => this.#call(args);
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
  }

  async #call(args: [string, ...string[]]): Promise<unknown> {
    this.#lastArgs = args;
    if (this.#isTwice) await this.#raw.callBuffer(...args);
    return this.#raw.callBuffer(...args);
  }
}

function laneAt(index: number): Lane {
  const lane = lanes[index];
  if (lane === undefined) throw new Error("no such lane");
  return lane;
}

function laneOf(index: number): string {
  return laneName(laneAt(index));
}

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** Where a job was before it moved out. */
function originOf(name: string, index: number): string {
  return name.length === 22
    ? `${name.slice(0, 21)} ${DIGITS.indexOf(name.slice(-1))}`
    : `${name} ${index}`;
}

function modelOf({ name, jobs, isTaken }: NewPack, lane: Lane, nowMs: number): ModelPack {
  return {
    name,
    lane: laneName(lane),
    jobs: jobs.map(({ tenant, payload }) => {
      return { tenant, bytes: payload.length, state: "W", end: undefined };
    }),
    limits: jobs[0]?.limits ?? testLimits,
    isTaken,
    origin: undefined,
    queuedAtMs: nowMs,
    attempt: 1,
    firstAttempt: 1,
    deaths: 0,
    startedAtMs: undefined,
    run: undefined,
  };
}

function modelSettleOf({ pack, attempt, first, outcomes }: Settle): ModelSettle {
  const letters = outcomes.map(({ status }) => (status === "succeeded" ? "S" : "F")).join("");
  return { pack, attempt, first, letters, bodies: outcomes.map(({ body }) => String(body)) };
}
