import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { failure, type Outcome } from "../../shared/job/outcome.ts";
import { laneName } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { endOverdue } from "../../shared/pack/due.ts";
import { reapRuns } from "../../shared/pack/reap.ts";
import { readInput, Run, RunFenced, type Settle, type TakenPack } from "../../shared/pack/run.ts";
import { laneAt, laneOf, lanes, modelSettleOf } from "./model-pack.ts";
import { acceptPacks, onJob } from "./pack-clients.ts";
import { Ground } from "./pack-ground.ts";
import type { ModelTurn } from "./pack-model.ts";
import type { Move, MoveOf, Step } from "./pack-steps.ts";
import { keys } from "./redis-keys.ts";
import { sendAgain, type Command } from "./sending.ts";

const LEASE_MS = 4000;
const RUNS = 3;
const logger = createLogger("worker", "silent");

/** A worker: a run, what it believes to have, and how many turns it has made. */
interface Worker {
  readonly run: Run;
  readonly held: Map<string, TakenPack>;
  /** What it ever had, as it had it last. */
  readonly had: Map<string, TakenPack>;
  turns: number;
  isKnown: boolean;
}

/**
 * Takes the same moves with the product's scripts and with the model, and holds each answer of the one to
 * that of the other. A script whose reply is lost is sent again at once, or, of turns, much later.
 */
export class PackWalk {
  readonly ground: Ground;
  readonly #workers: Worker[];
  /** What was sent for a turn, and what the model makes of it. */
  readonly #sent: { readonly command: Command; readonly turn: ModelTurn }[] = [];
  #serial = 0;

  constructor(redis: Redis) {
    this.ground = new Ground(redis, LEASE_MS);
    this.#workers = Array.from({ length: RUNS }, () => this.#newWorker());
  }

  async take({ isTwice, move }: Step): Promise<void> {
    this.ground.nowMs += 1;
    this.ground.isTwice = isTwice;
    await this.#take(move);
    if (isTwice) this.ground.mendShifts();
    this.ground.isTwice = false;
  }

  /** Every lease ends, what is left is run, and what is late ends. */
  async finish(): Promise<void> {
    this.ground.nowMs += LEASE_MS;
    await this.#take({ do: "reap" });
    this.#workers.splice(0, RUNS, this.#newWorker());
    const turn = { do: "turn", run: 0, rows: 8 } as const;
    for (const lane of lanes.keys()) {
      while (this.ground.model.readyOf(laneOf(lane)).length > 0) {
        await this.#take({ ...turn, lane, settles: [] });
        while ((this.#workers[0]?.held.size ?? 0) > 0) {
          const whole = {
            pack: 0,
            first: 0 as const,
            letters: "SSSS",
            isLate: false,
            isGone: false,
            isLarge: false,
          };
          await this.#take({ ...turn, lane: null, settles: [whole] });
        }
      }
    }
    this.ground.nowMs += 3_600_000;
    await this.#take({ do: "overdue" });
  }

  async #take(move: Move): Promise<void> {
    switch (move.do) {
      case "accept":
        return acceptPacks(this.ground, move);
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
        this.ground.nowMs += move.ms;
        return;
      case "reap":
        return this.#reap();
      case "cancel":
      case "retry":
      case "erase":
        return onJob(this.ground, move);
      case "overdue":
        return this.#endOverdue();
      case "resend":
        return this.#resend(move);
    }
  }

  async #wake(move: MoveOf<"wake">): Promise<void> {
    const name = laneOf(move.lane);
    const waiting = this.ground.shifts.get(name) ?? 0;
    if (waiting > 0) this.ground.shifts.set(name, waiting - 1);
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
    for (const settle of turn.settles) this.ground.model.putOutputs(turn.run, settle);
    const expected = this.ground.model.turn(turn, this.ground.nowMs);
    const turned = await worker.run.turn(wanted, settles).catch((error: unknown) => {
      if (error instanceof RunFenced) return "fenced" as const;
      throw error;
    });
    this.#sent.push({ command: this.ground.last, turn });
    if (expected === "fenced" || turned === "fenced") {
      assert.equal(turned, expected);
      // The shift that woke the worker is still to be answered, by a turn of its next run.
      if (wanted?.woken === true) await this.ground.arm(wanted.lane);
      return this.#renew(move.run);
    }
    worker.isKnown = true;
    // A settle that is sent again finds what it did itself.
    const isSame = (verdict: string, i: number): boolean =>
      verdict === expected.verdicts[i] || (this.ground.isTwice && /^-*$/.test(verdict));
    assert.ok(
      turned.verdicts.every(isSame),
      `${turned.verdicts.join()} for ${expected.verdicts.join()}`,
    );
    const names = turned.packs.map(({ name }) => name);
    assert.deepEqual(names.toSorted(), expected.taken.toSorted());
    assert.equal(turned.left, expected.left);
    for (const { pack } of settles) {
      if (this.ground.model.packs.get(pack)?.run !== worker.run.id) worker.held.delete(pack);
    }
    for (const pack of turned.packs) await this.#hold(worker, pack);
  }

  async #hold(worker: Worker, taken: TakenPack): Promise<void> {
    const pack = this.ground.model.packs.get(taken.name);
    assert.ok(pack !== undefined);
    const states = pack.jobs.map(({ state }) => state).join("");
    const { attempt, deaths, startedAtMs, queuedAtMs } = pack;
    assert.deepEqual(
      [taken.states, taken.attempt, taken.deaths, taken.startedAtMs, taken.queuedAtMs],
      [states, attempt, deaths, startedAtMs, queuedAtMs],
    );
    for (const [index, { state }] of pack.jobs.entries()) {
      const payload = taken.isLarge
        ? await readInput(this.ground.raw, taken.name)
        : taken.payloads[index];
      assert.deepEqual(
        payload,
        state === "W" ? this.ground.payloadOf(taken.name, index) : undefined,
      );
    }
    worker.held.set(taken.name, taken);
    worker.had.set(taken.name, taken);
  }

  #settleOf(worker: Worker, wanted: MoveOf<"turn">["settles"][number]): Settle | undefined {
    const packs = wanted.isGone ? worker.had : worker.held;
    const names = [...packs.keys()];
    const held = packs.get(names[wanted.pack % names.length] ?? "");
    if (held === undefined) return undefined;
    const { name, attempt, states } = held;
    const first = Math.min(wanted.first, states.length - 1);
    const letters = wanted.letters.slice(0, states.length - first);
    const outcomes = letters.split("").map((letter): Outcome => {
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
    const lives = this.ground.model.beat(worker.run.id, held, worker.turns, this.ground.nowMs);
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
    this.ground.model.release(worker.run.id, [name]);
    await worker.run.release([name]);
  }

  async #leave({ run }: MoveOf<"leave">): Promise<void> {
    const worker = this.#workerAt(run);
    this.ground.model.leave(worker.run.id);
    await worker.run.leave();
    this.#renew(run);
  }

  async #reap(): Promise<void> {
    const reaped = await reapRuns(this.ground.redis, this.ground.recorder());
    const dead = this.ground.model.reap(this.ground.nowMs);
    assert.equal(reaped.runs, this.ground.isTwice ? 0 : dead);
  }

  async #endOverdue(): Promise<void> {
    let ended = await endOverdue(this.ground.redis);
    // On a busy machine its budget of time is over before everything is.
    while ((await this.ground.raw.zcount(keys.due, "-inf", this.ground.nowMs)) > 0) {
      ended += await endOverdue(this.ground.redis);
    }
    const late = this.ground.model.endOverdue(this.ground.nowMs);
    assert.equal(ended, this.ground.isTwice ? 0 : late);
  }

  /** A turn that was sent on a connection that was given up meanwhile arrives once more. */
  async #resend({ turn: choice }: MoveOf<"resend">): Promise<void> {
    const sent = this.#sent[choice % this.#sent.length];
    if (sent === undefined) return;
    const [name, ...args] = sent.command;
    await sendAgain(this.ground.raw, [name, ...args.slice(0, -1), this.ground.nowMs]);
    this.ground.model.turn(sent.turn, this.ground.nowMs);
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
    const options = {
      redis: this.ground.redis,
      shifts: this.ground.recorder(),
      leaseMs: LEASE_MS,
      logger,
    };
    return { run: new Run(options), held: new Map(), had: new Map(), turns: 0, isKnown: false };
  }
}
