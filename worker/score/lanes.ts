import { jobClasses, laneName, parseLane, shadowRows, type Lane } from "../../shared/lane.ts";
import { ShiftListener, type ShiftEnd, type Shifts } from "../../shared/lane/shifts.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import { workKeys } from "../../shared/redis/keys.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Turned, Wanted } from "../../shared/pack/run.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import { Every } from "../../shared/service.ts";
import { delay } from "../../shared/wait.ts";
import { roomFor, type Hand, type Room } from "./room.ts";
import type { SessionShares } from "./session-shares.ts";

export interface LanesOptions {
  /** A connection for loops. */
  readonly redis: Redis;
  readonly shifts: Pick<Shifts, "add">;
  readonly logger: Logger;
  readonly shares: SessionShares;
  /** What this worker has in hand now. */
  readonly hand: () => Hand;
  /** Told when there may be reason for a turn. */
  readonly onWork: () => void;
}

/** A shift stays a worker's without a sign of life for this long, in ms; nobody waits for it. */
const SHIFT_LOCK_MS = 30_000;

/** What is ready at the start is taken and run before it listens for shifts, if that takes no longer, in ms. */
const LISTEN_AFTER_MS = 1000;

/** How often it looks whether a version has had shadows for the first time, in ms. */
const SHADOW_LOOK_MS = 2000;

/** After a turn that took nothing and left something, for which there was room, in ms. */
const RETRY_MS = 100;

interface OpenLane extends Lane {
  version: ModelVersion;
  readonly listener: ShiftListener;
  isListening: boolean;
  /** The shift that this worker has. */
  shift: PromiseWithResolvers<ShiftEnd> | undefined;
  /** Woken by that shift, or by a message, and no turn has been made for it yet. */
  isWoken: boolean;
  /** What room there was when a turn took nothing and left something. */
  triedRows: number;
}

/**
 * The lanes that this worker looks after: both classes of every version that it serves, and its shadows once
 * it had any. Which is next, and whether it listens for wake-ups: only while there is room, for another
 * worker may be idle.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #open = new Map<string, OpenLane>();
  /** Those in which packs may be ready, the one that waits longest first. */
  readonly #withWork = new Set<OpenLane>();
  readonly #shadowLooks = new Every(SHADOW_LOOK_MS, async () => this.#openShadows());
  readonly start = this.#shadowLooks.start;
  /** Settles when turns have found nothing more in any lane for the first time. */
  readonly #seenAll = Promise.withResolvers<void>();
  #mayListen: Promise<void> | undefined;
  readonly #stopping = new AbortController();

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** The version that serves a lane now. */
  versionOf(lane: Lane): ModelVersion | undefined {
    return this.#open.get(laneName(lane))?.version;
  }

  /** Takes up a version, in the place of one with its id. */
  open(version: ModelVersion): void {
    if (this.#stopping.signal.aborted) return;
    const shadows = this.#open.get(laneName({ model: version.id, class: "shadow" }));
    if (shadows !== undefined) shadows.version = version;
    for (const jobClass of jobClasses) {
      this.#openLane({ model: version.id, class: jobClass }, version);
    }
  }

  /** Takes no more of a version. */
  async close(version: ModelVersion): Promise<void> {
    await this.#close([...this.#open.values()].filter((lane) => lane.version === version));
  }

  /** Takes no more, for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#shadowLooks.stop();
    await this.#close([...this.#open.values()]);
  }

  /**
   * What the next turn is to take, if anything. That is made at once: what wakes a lane from now on calls
   * for another one.
   *
   * @param beside lanes that the turn settles something of: one of them may have new work
   */
  next(beside: readonly Lane[]): Wanted | undefined {
    const hand = this.#options.hand();
    const rooms = new Map([...this.#withWork].map((lane) => [lane, this.#room(lane, hand)]));
    const wanting = [...rooms].flatMap(([lane, { rows }]) => (rows > lane.triedRows ? [lane] : []));
    const first = this.#options.shares.next(wanting);
    // Shadows come when a look at those has shown that nobody waits there.
    const hasLive = beside.some((lane) => lane.class !== "shadow");
    const isNext = (lane: Lane): boolean => lane.class !== "shadow" || !hasLive;
    if (first !== undefined && isNext(first)) return wanted(first, rooms.get(first));
    // A wake-up for which there is no room is passed on.
    for (const lane of this.#withWork) if (lane.isWoken && isNext(lane)) return wanted(lane);
    for (const { model, class: jobClass } of beside) {
      const lane = this.#open.get(laneName({ model, class: jobClass }));
      if (lane === undefined) continue;
      const room = this.#room(lane, hand);
      if (room.rows > lane.triedRows) return wanted(lane, room);
    }
    return undefined;
  }

  /** What came of a turn that was to take something. */
  note({ lane: name, rows }: Wanted, { packs, chunks, left }: Turned): void {
    const lane = this.#open.get(laneName(name));
    if (lane === undefined) return;
    this.#withWork.delete(lane);
    const isNothing = packs.length + chunks.length === 0;
    lane.triedRows = isNothing && left > 0 ? rows : 0;
    if (left > 0 || lane.isWoken) this.#withWork.add(lane);
    else endShift(lane);
    if (isNothing && this.#withWork.size === 0) this.#seenAll.resolve();
    if (lane.triedRows >= lane.version.manifest.batching.max_batch_size) this.#retryLater(lane);
  }

  /** Supposes that packs are ready everywhere: nobody knows after an outage. */
  suppose(): void {
    for (const lane of this.#open.values()) {
      lane.triedRows = 0;
      this.#withWork.add(lane);
    }
  }

  /** A message says that packs are ready in a lane; another worker is woken when it is not open here. */
  wake(name: string): void {
    const lane = this.#open.get(name);
    if (lane !== undefined) return this.#noteWoken(lane);
    const { shifts, logger } = this.#options;
    shifts.add(parseLane(name)).catch((error: unknown) => {
      logger.debug({ reason: reasonOf(error) }, "shift not added");
    });
  }

  /** Listens where there is room, and only there. */
  listen(): void {
    const hand = this.#options.hand();
    for (const lane of this.#open.values()) {
      const hasRoom = this.#room(lane, hand).rows > 0;
      if (!hasRoom && !lane.isWoken) endShift(lane);
      if (hasRoom === lane.isListening) continue;
      lane.isListening = hasRoom;
      if (hasRoom) lane.listener.resume();
      else lane.listener.pause();
    }
  }

  /** Takes up the shadows of versions that it serves and that have had some. Never rejects. */
  async #openShadows(): Promise<void> {
    const { redis, logger } = this.#options;
    try {
      const known = new Set(await redis.smembers(workKeys.lanes));
      for (const { version, class: laneClass } of this.#open.values()) {
        const lane = { model: version.id, class: "shadow" } as const;
        const isMissing = laneClass === "interactive" && !this.#open.has(laneName(lane));
        if (isMissing && known.has(laneName(lane))) this.#openLane(lane, version);
      }
    } catch (error) {
      logger.debug({ reason: reasonOf(error) }, "lanes of shadows not read");
    }
  }

  #room({ version, class: laneClass }: OpenLane, hand: Hand): Room {
    if (laneClass === "shadow" && this.#hasLiveWork) return { rows: 0, all: 0 };
    const { max_batch_size: most } = version.manifest.batching;
    const rowsMax = laneClass === "shadow" ? shadowRows(most) : most;
    const isShort = this.#options.shares.isShort(version.id);
    return roomFor(hand, { class: laneClass, rowsMax, isShort });
  }

  /** Shadows wait for all that does not, whether or not there is room for that. */
  get #hasLiveWork(): boolean {
    return [...this.#withWork].some((lane) => lane.class !== "shadow");
  }

  #openLane(name: Lane, version: ModelVersion): void {
    const known = this.#open.get(laneName(name));
    if (known !== undefined) {
      known.version = version;
      return;
    }
    const { redis, logger } = this.#options;
    const lane: OpenLane = {
      ...name,
      version,
      listener: new ShiftListener({
        redis,
        lane: name,
        lockMs: SHIFT_LOCK_MS,
        logger,
        onShift: async () => this.#takeShift(lane),
      }),
      isListening: true,
      shift: undefined,
      isWoken: false,
      triedRows: 0,
    };
    this.#open.set(laneName(name), lane);
    this.#withWork.add(lane);
    this.#options.onWork();
    void this.#listenSoon(lane);
  }

  /**
   * What is there it takes by itself, and shifts that are added meanwhile wait: this has time. While Redis is
   * away it tries again. Never rejects.
   */
  async #listenSoon(lane: OpenLane): Promise<void> {
    await (this.#mayListen ??= Promise.race([
      this.#seenAll.promise,
      delay(LISTEN_AFTER_MS, this.#stopping.signal),
    ]));
    while (this.#open.get(laneName(lane)) === lane && !this.#stopping.signal.aborted) {
      try {
        return await lane.listener.start();
      } catch (error) {
        this.#options.logger.warn({ reason: reasonOf(error) }, lane.listener.name);
        await delay(LISTEN_AFTER_MS, this.#stopping.signal);
      }
    }
  }

  async #takeShift(lane: OpenLane): Promise<ShiftEnd> {
    if (this.#open.get(laneName(lane)) !== lane) return "handed back";
    lane.shift = Promise.withResolvers();
    this.#noteWoken(lane);
    return lane.shift.promise;
  }

  #noteWoken(lane: OpenLane): void {
    lane.isWoken = true;
    lane.triedRows = 0;
    this.#withWork.add(lane);
    this.#options.onWork();
  }

  async #close(lanes: readonly OpenLane[]): Promise<void> {
    for (const lane of lanes) {
      this.#open.delete(laneName(lane));
      this.#withWork.delete(lane);
      endShift(lane, lane.isWoken ? "handed back" : "done");
    }
    const deadline = new AbortController().signal;
    await Promise.all(lanes.map(async ({ listener }) => listener.stop(deadline)));
  }

  #retryLater(lane: OpenLane): void {
    setTimeout(() => {
      lane.triedRows = 0;
      this.#options.onWork();
    }, RETRY_MS).unref();
  }
}

function wanted(lane: OpenLane, room?: Room): Wanted {
  const { model, class: jobClass, isWoken } = lane;
  lane.isWoken = false;
  const { rows, all } = room ?? { rows: 0, all: 0 };
  return { lane: { model, class: jobClass }, rows, woken: isWoken, attends: all };
}

function endShift(lane: OpenLane, end: ShiftEnd = "done"): void {
  lane.shift?.resolve(end);
  lane.shift = undefined;
}
