import { setImmediate } from "node:timers/promises";
import { failpoint } from "../../shared/failpoint.ts";
import { type Logger, reasonOf } from "../../shared/log.ts";
import type { Lane } from "../../shared/lane.ts";
import type { ChunkSettle, TakenChunk } from "../../shared/batch/chunk.ts";
import {
  RunFenced,
  type Run,
  type Settle,
  type TakenPack,
  type Turned,
  type Wanted,
} from "../../shared/pack/run.ts";
import { Every } from "../../shared/service.ts";
import { delay } from "../../shared/wait.ts";

export type Taken = TakenPack | TakenChunk;
export type Settlement = Settle | ChunkSettle;

/** What a desk needs of a pack in hand. */
export interface Hold {
  readonly name: string;
  readonly lane: Lane;
  /** Nothing of it is to be run or settled any more. */
  readonly isOver: boolean;
  /** What has ended since this was asked last. */
  ends(): readonly Settlement[];
  /** @param verdict of `Turned`, on such an end */
  answered(settlement: Settlement, verdict: string): void;
  /** It is with others now: what still ends of it is nobody's. */
  drop(): void;
}

export interface DeskOptions {
  /** Makes a run that has nothing yet. */
  readonly makeRun: () => Run;
  /** What the next turn is to take. @param beside lanes that it settles something of */
  readonly next: (beside: readonly Lane[]) => Wanted | undefined;
  /** Takes what came of it. */
  readonly onTurned: (wanted: Wanted | undefined, turned: Turned) => void;
  /** Told when all that was in hand is with others. */
  readonly onLost: () => void;
  /** How long what is held stays ours without a beat, in ms. */
  readonly leaseMs: number;
  readonly logger: Logger;
}

/** In the time of a lease. */
const BEATS_A_LEASE = 4;

/** After a turn that went wrong in another way than by a fence, in ms. */
const RECOVER_MS = 1000;

/** Bytes that one turn settles at most, beyond the first end. */
const TURN_BYTES_MAX = 1024 * 1024;

/**
 * Where packs come in and ends go out: it makes a worker's turns. One is under way at a time; what ends
 * meanwhile goes with the next, together with what ends in the same turn of the event loop. It knows
 * which packs this worker holds, and says so again and again; when others have them, because this process
 * stood still for too long, it begins anew with nothing.
 */
export class Desk {
  readonly #options: DeskOptions;
  readonly #held = new Map<
    string,
    { readonly hold: Hold; readonly gone: PromiseWithResolvers<void> }
  >();
  /** With ends that no turn has taken along. */
  readonly #ending = new Set<Hold>();
  readonly #beats: Every;
  readonly #stopping = new AbortController();
  #run: Run;
  #isCalled = false;
  #turning: Promise<void> | undefined;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#run = options.makeRun();
    this.#beats = new Every(options.leaseMs / BEATS_A_LEASE, async () => this.#beat());
  }

  /** Packs in hand. */
  get size(): number {
    return this.#held.size;
  }

  get holds(): readonly Hold[] {
    return [...this.#held.values()].map(({ hold }) => hold);
  }

  async start(): Promise<void> {
    await this.#beats.start();
  }

  /** Has a turn made, when there is anything to settle or to take. */
  call(): void {
    this.#isCalled = true;
    if (this.#stopping.signal.aborted) return;
    this.#turning ??= this.#turnSoon();
  }

  /** Holds what was taken; what an earlier attempt of it still puts out is discarded. */
  hold(hold: Hold): void {
    const earlier = this.#held.get(hold.name)?.hold;
    if (earlier !== undefined) {
      earlier.drop();
      this.#letGo(earlier);
      this.#options.logger.info({ pack: hold.name }, "discarded");
    }
    this.#held.set(hold.name, { hold, gone: Promise.withResolvers() });
  }

  /** Hands back what was taken, untouched. */
  async refuse({ name, lane }: Taken): Promise<void> {
    const hold = { name, lane, isOver: false, ends: () => [], answered() {}, drop() {} };
    this.hold(hold);
    await this.release([hold]);
  }

  /** Says that something of a pack has ended. */
  note(hold: Hold): void {
    if (this.#held.get(hold.name)?.hold !== hold) return;
    this.#ending.add(hold);
    this.call();
  }

  /** Whether a pack is still ours. */
  has(hold: Hold): boolean {
    return this.#held.get(hold.name)?.hold === hold;
  }

  /** Which run asks: what Redis has as the holder of its packs. */
  get run(): string {
    return this.#run.id;
  }

  /** Returns when none of these is in hand any more. */
  async gone(holds: readonly Hold[]): Promise<void> {
    await Promise.all(
      holds.map(async (hold) =>
        this.has(hold) ? this.#held.get(hold.name)?.gone.promise : undefined,
      ),
    );
  }

  /** Hands packs back, when what has ended of them is settled. */
  async release(holds: readonly Hold[]): Promise<void> {
    await this.#flush();
    const ours = holds.filter((hold) => this.has(hold));
    if (ours.length === 0) return;
    for (const hold of ours) hold.drop();
    const run = this.#run;
    try {
      await run.release(ours.map(({ name }) => name));
    } catch (error) {
      this.#lose(run, error);
    }
    for (const hold of ours) this.#letGo(hold);
  }

  /** Settles what has ended, hands back the rest, and leaves. */
  async leave(): Promise<void> {
    await this.#beats.stop();
    await this.#flush();
    this.#stopping.abort();
    for (const hold of this.holds) hold.drop();
    await this.#run.leave().catch((error: unknown) => {
      this.#options.logger.warn({ reason: reasonOf(error) }, "run not ended: its lease will");
    });
    for (const hold of this.holds) this.#letGo(hold);
  }

  async #flush(): Promise<void> {
    // When it has left no turn is made any more: what still ends is with others.
    const hasEnds = (): boolean => this.#ending.size > 0 && !this.#stopping.signal.aborted;
    while (hasEnds() || this.#turning !== undefined) {
      if (hasEnds()) this.call();
      await this.#turning;
    }
  }

  /** What ends in the same turn of the event loop goes along. Never rejects. */
  async #turnSoon(): Promise<void> {
    await setImmediate();
    this.#isCalled = false;
    const run = this.#run;
    try {
      await this.#turn(run);
    } catch (error) {
      if (!(error instanceof RunFenced)) await delay(RECOVER_MS, this.#stopping.signal);
      this.#lose(run, error);
    }
    this.#turning = undefined;
    if (this.#isCalled) this.call();
  }

  async #turn(run: Run): Promise<void> {
    const ends = this.#takeEnds();
    const wanted = this.#options.next(ends.map(({ hold }) => hold.lane));
    if (ends.length === 0 && wanted === undefined) return;
    const turned = await run.turn(
      wanted,
      ends.map(({ settlement }) => settlement),
    );
    if (run !== this.#run) return; // a beat was told meanwhile that all this is with others
    for (const [i, { hold, settlement }] of ends.entries()) {
      hold.answered(settlement, turned.verdicts[i] ?? "");
      if (hold.isOver) this.#letGo(hold);
    }
    if (ends.length > 0) failpoint("settled");
    if (turned.packs.length + turned.chunks.length > 0) failpoint("taken");
    this.#options.onTurned(wanted, turned);
  }

  /** No more at a time than one call should carry; what is left goes with the next. */
  #takeEnds(): readonly { readonly hold: Hold; readonly settlement: Settlement }[] {
    const ends: { hold: Hold; settlement: Settlement }[] = [];
    let bytes = 0;
    for (const hold of this.#ending) {
      if (bytes > TURN_BYTES_MAX) {
        this.#isCalled = true;
        break;
      }
      this.#ending.delete(hold);
      for (const settlement of hold.ends()) {
        ends.push({ hold, settlement });
        bytes += bytesOf(settlement);
      }
      // Its jobs were all ended by others.
      if (hold.isOver && ends.at(-1)?.hold !== hold) this.#letGo(hold);
    }
    return ends;
  }

  async #beat(): Promise<void> {
    const run = this.#run;
    try {
      await run.beat([...this.#held.keys()]);
    } catch (error) {
      if (error instanceof RunFenced) this.#lose(run, error);
      else this.#options.logger.warn({ reason: reasonOf(error) }, "beat failed");
    }
  }

  /** Others have what this run had: its work is discarded, and a new run begins. */
  #lose(run: Run, error: unknown): void {
    if (run !== this.#run) return;
    const { makeRun, onLost, logger } = this.#options;
    logger.warn({ packs: this.size, reason: reasonOf(error) }, "packs in hand are lost to others");
    this.#run = makeRun();
    this.#ending.clear();
    for (const hold of this.holds) {
      hold.drop();
      this.#letGo(hold);
    }
    onLost();
  }

  #letGo(hold: Hold): void {
    const held = this.#held.get(hold.name);
    if (held?.hold !== hold) return;
    this.#held.delete(hold.name);
    this.#ending.delete(hold);
    held.gone.resolve();
  }
}

function bytesOf(settlement: Settlement): number {
  if ("lines" in settlement) return settlement.lines.length;
  return settlement.outcomes.reduce((sum, { body }) => sum + body.length, 0);
}
