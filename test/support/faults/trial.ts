import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { System } from "../system.ts";
import { randomFrom } from "../bulk/mayhem.ts";
import { until } from "../until.ts";
import { COMPRESSED, tenantSecret } from "../webhooks.ts";
import { breakages, type BreakageName } from "./breakage.ts";
import { Callbacks } from "./callbacks.ts";
import { Census } from "./census.ts";
import { FaultsClient, type Manner } from "./client.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";
import { History } from "./history.ts";
import { Oracle, type Act } from "./oracle.ts";
import { assertDrained } from "./residue.ts";

export interface TrialOptions extends FleetOptions {
  readonly seed: number;
  /** For every role, beside what the suite sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told of what goes on. */
  readonly say?: (line: string) => void;
}

/** Inputs that do something else than to be scored, of all. One that hangs takes a slot for long. */
const ODD_SHARE = 0.04;
const ODD_ACTS: readonly Act[] = ["slow", "slow", "fail", "die"];
const HANG_SHARE = 0.0003;
/** As many ends are seen before the first fault, and so long is waited for them. */
const UNDISTURBED_ENDS = 50;
const UNDISTURBED_MS = 300_000;
const MANNERS: readonly Manner[] = [
  "waits",
  "waits",
  "comes back",
  "asks once",
  "cancels",
  "is called back",
  "is in a hurry",
  "sends much",
  "retries",
];

/**
 * A whole system under load, of which parts break, and the judgement at the end: every accepted id
 * has one end, each result is the oracle's, nothing refused exists, nothing ran more often than
 * faults account for, whoever wanted to be called was, and nothing is left in Redis.
 */
export class Trial implements AsyncDisposable {
  readonly fleet: Fleet;
  readonly history = new History();
  readonly census: Census;
  readonly client: FaultsClient;
  readonly random: () => number;
  readonly #oracle: Oracle;
  readonly #callbacks: Callbacks;
  readonly #say: (line: string) => void;
  readonly #ended = new AbortController();
  #load: Promise<unknown> = Promise.resolve();
  /** Until the first fault. */
  #isUndisturbed = true;

  private constructor(
    fleet: Fleet,
    [oracle, callbacks]: readonly [Oracle, Callbacks],
    { seed, say = () => {} }: TrialOptions,
  ) {
    this.fleet = fleet;
    this.#oracle = oracle;
    this.#callbacks = callbacks;
    this.#say = say;
    this.random = randomFrom(seed);
    this.census = new Census(fleet.system.redis.client());
    this.client = new FaultsClient({
      history: this.history,
      urls: () => fleet.urls,
      random: this.random,
      hook: callbacks.url,
    });
  }

  static async start(options: TrialOptions): Promise<Trial> {
    // What has begun ends when the rest does not begin: its file would wait for it until its time is up.
    await using begun = new AsyncDisposableStack();
    const oracle = begun.use(new Oracle());
    const callbacks = begun.use(await Callbacks.open(randomFrom(options.seed + 1)));
    const system = begun.use(
      await System.bare({
        ...COMPRESSED,
        MODELS_DIR: oracle.models,
        WORKER_SLOTS: "1",
        ...options.env,
      }),
    );
    const trial = new Trial(await Fleet.start(system, options), [oracle, callbacks], options);
    begun.move();
    return trial;
  }

  /** So many clients ask, one thing after the other, until `calm`. @param pauseMs between two of one, at most */
  load(clients: number, pauseMs: number): void {
    this.#load = Promise.all(
      Array.from({ length: clients }, async () => {
        while (!this.#ended.signal.aborted) {
          await this.#anything();
          await sleep(this.random() * pauseMs);
        }
      }),
    );
  }

  /**
   * Load alone, in which nothing is odd, until some inputs have ended: nothing accounts for any of them
   * running twice, which the faults that follow would excuse.
   */
  async undisturbed(): Promise<void> {
    const isEnough = (): boolean =>
      this.history.courses.filter(({ ends }) => ends.length > 0).length >= UNDISTURBED_ENDS;
    await until("inputs end while nothing is broken", isEnough, UNDISTURBED_MS);
    this.#isUndisturbed = false;
  }

  /** Breaks something, and returns when it is whole again. */
  async break(name: BreakageName): Promise<void> {
    this.#say(name);
    this.#isUndisturbed = false;
    this.history.disturb(name);
    await breakages[name]({ fleet: this.fleet, random: this.random });
    this.history.disturb();
  }

  /** Nothing more is asked; returns when all that was has ended. */
  async calm(): Promise<void> {
    this.#ended.abort();
    await this.#load;
  }

  /** @throws {assert.AssertionError} naming every broken promise */
  async judge(): Promise<void> {
    await this.calm();
    await this.census.take();
    const secret = await tenantSecret(this.fleet.urls[0] ?? "");
    const violations = [
      ...this.history.judge(this.#oracle.executions()),
      ...this.census.judge(this.history),
      ...(await this.#callbacks.judge(this.history, secret)),
    ];
    this.#say(this.history.told());
    assert.deepEqual(violations, []);
    await assertDrained(this.fleet.system.redis.client());
    // Couriers mend counts that have drifted, and so would hide it.
    const logs = this.fleet.system.roles.flatMap(({ log }) => log.split("\n"));
    const mended = logs.filter((line) => line.includes('"counts of a lane mended"'));
    assert.deepEqual(mended, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.fleet[Symbol.asyncDispose]();
    await this.#callbacks[Symbol.asyncDispose]();
    this.#oracle[Symbol.dispose]();
  }

  async #anything(): Promise<void> {
    const chance = this.random();
    if (chance < 0.1) return this.client.batch(this.#acts(24));
    if (chance < 0.15) return this.client.mistaken();
    const manner = this.#one(MANNERS);
    const [act = "none"] = this.#acts(1);
    // Only what ended badly can be tried again.
    return this.client.job(manner, manner === "retries" ? "fail" : act);
  }

  #acts(count: number): Act[] {
    return Array.from({ length: count }, () => {
      if (this.#isUndisturbed) return "none";
      if (this.random() < HANG_SHARE) return "hang";
      return this.random() < ODD_SHARE ? this.#one(ODD_ACTS) : "none";
    });
  }

  #one<T>(from: readonly [T, ...T[]] | readonly T[]): T {
    // A list that is not empty has one there.
    // oxlint-disable-next-line typescript/no-non-null-assertion
    return from[Math.floor(this.random() * from.length)]!;
  }
}
