import type { Clock } from "../../shared/clock.ts";
import { byClass, type LaneClass } from "../../shared/lane.ts";
import { Shifts } from "../../shared/lane/shifts.ts";
import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { Run, type Turned, type Wanted } from "../../shared/pack/run.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { Every, type Service } from "../../shared/service.ts";
import { settled } from "../../shared/wait.ts";
import { Arrivals, type Arrival } from "./arrivals.ts";
import { Availability } from "./availability.ts";
import { Batcher } from "./batcher.ts";
import { BlockSizes } from "./block-sizes.ts";
import type { Carrier, CarrierTools, Task } from "./carrier.ts";
import { Desk, type Hold, type Taken } from "./desk.ts";
import { carrierOf } from "./carrier-of.ts";
import { Lanes } from "./lanes.ts";
import type { JobSpans } from "./job-spans.ts";
import type { WorkerLoad, WorkerMetrics } from "./metrics.ts";
import type { Placements } from "./placements.ts";
import type { Hand } from "./room.ts";
import type { RunnerProcess } from "./runner-process.ts";
import { Scorer } from "./scorer.ts";
import { ServedVersions } from "./served-versions.ts";
import { SessionShares } from "./session-shares.ts";
import { Slots, type Capacity } from "./slots.ts";
import { WakeFeed } from "./wake-feed.ts";

export interface ScoreWorkerOptions {
  readonly versions: readonly ModelVersion[];
  /** A connection for loops. */
  readonly redis: Redis;
  /** Another one, for messages. */
  readonly subscriber: Redis;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  /** What records spans of its jobs; undefined: nothing is. */
  readonly spans?: JobSpans | undefined;
  readonly capacity: Capacity;
  /** Where its sessions run. */
  readonly placements: Placements;
  /** Bytes of JSON that one job, or one item of a batch, may put out. */
  readonly outputBytesMax: number;
  /** Milliseconds that packs stay ours without a sign of life. */
  readonly leaseMs: number;
  /** How long a stop may wait for what is running before it hands it back, in ms. */
  readonly drainMs: number;
}

/** How often a model that could not be loaded is tried again, in ms. */
const RELOAD_MS = 5000;

/** What was handed back is named in the log up to so many tasks. */
const TASKS_NAMED_MAX = 20;

/**
 * The life of a task:
 * 1. taken: a turn of the desk brings a pack, and its carrier makes tasks of what that carries;
 * 2. waiting: in the batcher, until a slot is free;
 * 3. admitted: with its tensor batch, or ended when it is overdue, lost or poisoned;
 * 4. run: once for the whole batch, by the slot's runner;
 * 5. run again, in narrower company, when that runner dies; given up when it is to blame;
 * 6. ended: its carrier has its outcome, which the next turn settles, or its pack is handed back.
 */
export class ScoreWorker implements Service {
  readonly name = "score worker";
  readonly #options: ScoreWorkerOptions;
  readonly #shares = new SessionShares();
  readonly #batcher = new Batcher<Task>(this.#shares);
  readonly #slots: Slots;
  readonly #tools: CarrierTools;
  readonly #availability: Availability;
  readonly #lanes: Lanes;
  readonly #wakes: WakeFeed;
  readonly #desk: Desk;
  readonly #served: ServedVersions;
  readonly #scorer: Scorer;
  readonly #arrivals: Arrivals<Carrier>;
  #wake: NodeJS.Timeout | undefined;
  readonly #reloads = new Every(RELOAD_MS, () => void this.#availability.retry(this.#slots));
  readonly start = async (): Promise<void> =>
    this.#reloads.start(async () => {
      await this.#desk.start();
      await this.#wakes.start();
      await this.#served.start();
      await this.#lanes.start();
    });

  constructor(options: ScoreWorkerOptions) {
    this.#options = options;
    const { versions, redis, subscriber, clock, logger, metrics, leaseMs, capacity } = options;
    this.#availability = new Availability(logger);
    this.#slots = new Slots({
      ...capacity,
      // One that ends its runner would end the next as well, before the others are loaded.
      preload: () => this.#served.preload.filter((it) => !this.#availability.isFailing(it)),
      onFree: () => this.#pump(),
      onLoadFailed: (version, error) => this.#availability.noteFailure(version, error),
      logger,
      recorder: options.placements.before(metrics),
    });
    const shifts = new Shifts(redis);
    this.#lanes = new Lanes({
      redis,
      shifts,
      logger,
      shares: this.#shares,
      hand: () => this.#hand(),
      onWork: () => this.#desk.call(),
    });
    this.#wakes = new WakeFeed({ subscriber, logger, onWake: (lane) => this.#lanes.wake(lane) });
    const listener = (): string | undefined => this.#wakes.listener;
    this.#desk = new Desk({
      makeRun: () => new Run({ redis, shifts, listener, leaseMs, logger }),
      next: (beside) => this.#lanes.next(beside),
      onTurned: (wanted, turned) => this.#onTurned(wanted, turned),
      onLost: () => this.#onLost(),
      leaseMs,
      logger,
    });
    this.#arrivals = new Arrivals({
      onCome: (carrier, tasks) => this.#add(carrier, tasks),
      release: async (carrier) => this.#desk.release([carrier]),
      onAll: () => this.#pump(),
      logger,
    });
    this.#tools = {
      redis,
      clock,
      logger,
      desk: this.#desk,
      spans: options.spans,
      onJobEnded: metrics.jobSettled,
      onItemsEnded: metrics.itemsEnded,
      blockRows: new BlockSizes(this.#shares).rowsOf,
    };
    this.#served = new ServedVersions({
      versions,
      slots: this.#slots,
      availability: this.#availability,
      open: (version) => this.#lanes.open(version),
      close: async (version) => this.#close(version),
      logger,
    });
    this.#scorer = new Scorer({
      ...options,
      served: this.#served,
      availability: this.#availability,
      shares: this.#shares,
      noteSuccess: () => this.#slots.noteSuccess(),
      batcher: this.#batcher,
    });
  }

  /** To be started before: models load while Redis is not there yet. */
  get loading(): Service {
    return {
      name: "loading",
      start: async () => void this.#slots.start(),
      stop: async () => this.#slots.stop(),
    };
  }

  /** Serves these versions from now on, without disturbing the others. Never rejects. */
  async follow(versions: readonly ModelVersion[]): Promise<void> {
    await this.#served.follow(versions);
  }

  /** Takes no more, hands back what has not begun, and the rest when there is no time left for it. */
  async stop(deadline: AbortSignal): Promise<void> {
    await this.#reloads.stop();
    this.#served.stop();
    const closing = this.#lanes.stop();
    const drained = this.#handBack(() => true).then(async () => this.#desk.gone(this.#desk.holds));
    await settled(drained, this.#options.drainMs, deadline);
    this.#nameHandedBack(this.#batcher.runningBatches.flat());
    await settled(this.#desk.leave(), 1000, deadline);
    await this.#wakes.stop();
    this.#slots.stop();
    await settled(closing, 1000, deadline);
  }

  /** What the heartbeat tells. */
  tell(): ReturnType<Placements["tell"]> {
    return this.#options.placements.tell(this.#availability.states());
  }

  /** What it is doing now, for its metrics. */
  load(): WorkerLoad {
    const [busy, free] = [this.#batcher.running, this.#slots.freeCount];
    return {
      slots: { busy, free, starting: Math.max(0, this.#slots.count - busy - free) },
      sessions: this.#slots.sessions,
      packsInHand: this.#desk.size,
    };
  }

  #hand(): Hand {
    const waiting = (of: LaneClass): number =>
      this.#batcher.waitingBatches(of) + this.#arrivals.turns;
    return {
      freeSlots: this.#slots.freeCount,
      waiting: byClass(waiting),
      runningShadows: this.#batcher.runningBatches.filter(([it]) => it?.class === "shadow").length,
      hasExclusive: this.#batcher.hasExclusive,
      isSoonFree: this.#batcher.runningBatches.some(([it]) =>
        this.#shares.isShort(it?.model ?? ""),
      ),
    };
  }

  #onTurned(wanted: Wanted | undefined, turned: Turned): void {
    const arrivals = [...turned.packs, ...turned.chunks].flatMap((taken) => this.#take(taken));
    void this.#arrivals.expect(arrivals);
    if (wanted !== undefined) this.#lanes.note(wanted, turned);
    this.#pump();
  }

  /** @returns the pack, when its input is still to come */
  #take(taken: Taken): readonly Arrival<Carrier>[] {
    const version = this.#lanes.versionOf(taken.lane);
    if (version === undefined) {
      void this.#desk.refuse(taken);
      return [];
    }
    const carrier = carrierOf(this.#tools, version, taken);
    this.#desk.hold(carrier);
    const tasks = carrier.prepare();
    if (tasks instanceof Promise) return [{ carrier, tasks }];
    this.#add(carrier, tasks);
    return [];
  }

  #add(carrier: Carrier, tasks: readonly Task[]): void {
    // What was handed back while its input came, or while others' did, is with others.
    for (const task of tasks) if (carrier.isOpen(task)) this.#batcher.add(task);
    if (tasks.length === 0) this.#desk.note(carrier);
  }

  /** Gives every free slot a batch, as long as there are both, and sees to it that more comes. */
  #pump(): void {
    clearTimeout(this.#wake);
    while (this.#slots.hasFree) {
      const nowMs = this.#options.clock.now();
      const batch = this.#batcher.take(nowMs);
      if (batch === undefined) {
        const wakeAtMs = this.#batcher.wakeAtMs();
        if (wakeAtMs !== undefined && wakeAtMs > nowMs) {
          this.#wake = setTimeout(() => this.#pump(), wakeAtMs - nowMs);
        }
        break;
      }
      void this.#run(batch, this.#slots.borrow());
    }
    this.#lanes.listen();
    this.#desk.call();
  }

  async #run(batch: readonly Task[], runner: RunnerProcess): Promise<void> {
    const startMs = this.#options.clock.now();
    await this.#scorer.score(batch, runner, () => {
      this.#batcher.release(batch, this.#options.clock.now() - startMs);
      this.#slots.giveBack(runner);
      // Not only a runner that came back: one that replaced it may be free since before the release.
      this.#pump();
    });
  }

  /** Takes no more of a version; returns when what runs of it has ended. */
  async #close(version: ModelVersion): Promise<void> {
    await this.#lanes.close(version);
    const isOfIt = (hold: Hold): boolean => hold.lane.model === version.id;
    await this.#handBack(isOfIt);
    await this.#desk.gone(this.#desk.holds.filter(isOfIt));
  }

  /** Hands back what has not begun. */
  async #handBack(isWanted: (hold: Hold) => boolean): Promise<void> {
    const running = new Set<Hold>(this.#batcher.runningBatches.flat().map((it) => it.carrier));
    const holds = new Set(this.#desk.holds.filter((it) => isWanted(it) && !running.has(it)));
    this.#nameHandedBack(this.#batcher.remove(({ carrier }) => holds.has(carrier)));
    await this.#desk.release([...holds]);
  }

  #nameHandedBack(tasks: readonly Task[]): void {
    const ids = tasks.slice(0, TASKS_NAMED_MAX).map(({ work }) => work.id);
    if (ids.length === 0) return;
    this.#options.logger.info({ tasks: tasks.length, ids }, "handed back for other workers");
  }

  /** What waited is with others now; what runs ends for nobody. */
  #onLost(): void {
    this.#batcher.remove(() => true);
    this.#lanes.suppose();
    this.#desk.call();
  }
}
