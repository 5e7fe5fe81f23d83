import { randomBytes } from "node:crypto";
import {
  claimCapture,
  commitCapture,
  readCaptured,
  readPlaces,
  type CapturedEntry,
  type FilePlace,
  type TakenEntry,
} from "../../../shared/capture/captures.ts";
import type { Clock } from "../../../shared/clock.ts";
import { failpoint } from "../../../shared/failpoint.ts";
import { type Logger, reasonOf } from "../../../shared/log.ts";
import type { Registry } from "../../../shared/model/registry.ts";
import type { Redis } from "../../../shared/redis/connection.ts";
import { Every, type Service } from "../../../shared/service.ts";
import type { CaptureFolder } from "./folder.ts";
import { RulesView } from "./rules.ts";
import { linesOfEntry, type EntryLines } from "./entry-lines.ts";

export interface CapturerOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly folder: CaptureFolder;
  /** What the inputs of jobs are made of. */
  readonly models: { readonly registry: Registry };
}

const EVERY_MS = 1000;
/** How long the others wait for a courier that does not come back; far more than a step. */
const LEASE_MS = 10_000;
/** A step is not begun when less than this is left of it. */
const STEP_MS = 5000;
const PACKS_A_STEP = 64;
/** Inputs in memory at a time, unless those of one pack are more. */
const BYTES_A_STEP = 8 * 1024 * 1024;
const HOUR_MS = 3_600_000;

/**
 * Writes captured jobs to the folder, one courier at a time: lines are on the disk first, and then one
 * script says how far each file is sure and takes their packs off the stream. Whoever takes over cuts
 * off what the one before had not come to say, so no line is there twice.
 *
 *     away ──claim, files cut──▶ writing ──another term, or anything fails──▶ away
 */
export class Capturer implements Service {
  readonly name = "capturer";
  readonly #options: CapturerOptions;
  readonly #rules: RulesView;
  /** Names the files that this process writes. */
  readonly #id = randomBytes(6).toString("hex");
  readonly #rounds = new Every(EVERY_MS, async () => this.#round());
  readonly start = this.#rounds.start;
  /** In which all files were cut; 0: in none. */
  #term = 0;
  #leaseEndsMs = 0;
  /** Files that Redis knows → bytes of them that are sure. */
  readonly #sure = new Map<string, number>();
  #hour = 0;
  #isFailing = false;

  constructor(options: CapturerOptions) {
    this.#options = options;
    this.#rules = new RulesView(options.redis, options.logger);
  }

  /** Returns when what is being written is written. Another one may begin at once. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
    const term = this.#term;
    if (term === 0) return;
    this.#term = 0;
    const leave = { ...this.#hold, leaseMs: 0, term, places: [], taken: [] };
    // Else the others wait until the lease ends.
    await commitCapture(this.#options.redis, leave).catch(() => {});
  }

  async #round(): Promise<void> {
    const { logger } = this.#options;
    try {
      while (!this.#rounds.isStopped && (await this.#holds())) {
        if (!(await this.#step())) break;
      }
      this.#isFailing = false;
    } catch (error) {
      this.#term = 0;
      const facts = { reason: reasonOf(error) };
      // Every second the same: once is enough.
      if (!this.#isFailing) logger.warn(facts, "captured jobs cannot be written");
      this.#isFailing = true;
    }
  }

  /** Whether this courier is the one that writes, with files that are all sure. */
  async #holds(): Promise<boolean> {
    const { redis } = this.#options;
    const atMs = performance.now();
    const term = await claimCapture(redis, this.#hold);
    this.#leaseEndsMs = atMs + LEASE_MS;
    if (term === 0 || term !== this.#term) this.#term = 0;
    if (term === 0) return false;
    if (this.#term === 0) await this.#cutAll(term);
    await this.#rules.refresh();
    await this.#onHour();
    return true;
  }

  /** Nothing stays of what nobody came to say. */
  async #cutAll(term: number): Promise<void> {
    const { redis, folder } = this.#options;
    const places = await readPlaces(redis);
    for (const [path, sure] of places) await folder.cut(path, sure);
    const forgotten = [...places].map(([path, before]) => ({ path, before, now: -1 }));
    this.#sure.clear();
    await this.#commit(term, forgotten);
    this.#term = term;
  }

  /** Files of earlier hours are done with, and days may be over. */
  async #onHour(): Promise<void> {
    const { clock, folder } = this.#options;
    const hour = Math.floor(clock.now() / HOUR_MS);
    if (hour === this.#hour) return;
    const done = [...this.#sure].map(([path, before]) => ({ path, before, now: -1 }));
    await this.#commit(this.#term, done);
    this.#sure.clear();
    await folder.sweep(clock.now(), (endpoint) => this.#rules.find(endpoint)?.days);
    this.#hour = hour;
  }

  /** @returns whether there may be more */
  async #step(): Promise<boolean> {
    const { redis, models } = this.#options;
    const entries = someOf(await readCaptured(redis, PACKS_A_STEP));
    if (entries.length === 0) return false;
    const context = { redis, rules: this.#rules, registry: models.registry, courier: this.#id };
    const read = await Promise.all(entries.map(async (entry) => linesOfEntry(entry, context)));
    const places = await this.#write(linesByPath(read));
    failpoint("lines captured");
    await this.#commit(
      this.#term,
      places,
      read.map(({ taken }) => taken),
    );
    for (const { path, now } of places) this.#sure.set(path, now);
    return true;
  }

  async #write(lines: ReadonlyMap<string, readonly string[]>): Promise<readonly FilePlace[]> {
    const { folder } = this.#options;
    await this.#announce([...lines.keys()].filter((path) => !this.#sure.has(path)));
    const places: FilePlace[] = [];
    for (const [path, texts] of lines) {
      if (this.#leaseEndsMs - performance.now() < STEP_MS) throw new Error("the disk is too slow");
      const before = this.#sure.get(path) ?? 0;
      const now = await folder.append(path, before, Buffer.from(texts.join("")));
      places.push({ path, before, now });
    }
    return places;
  }

  /** Redis knows of a file before anything is written to it. */
  async #announce(paths: readonly string[]): Promise<void> {
    const { folder } = this.#options;
    if (paths.length === 0) return;
    const sizes = await Promise.all(paths.map(async (path) => folder.size(path)));
    const places = paths.map((path, i) => ({ path, before: sizes[i] ?? 0, now: sizes[i] ?? 0 }));
    await this.#commit(this.#term, places);
    for (const { path, now } of places) this.#sure.set(path, now);
  }

  async #commit(
    term: number,
    places: readonly FilePlace[],
    taken: readonly TakenEntry[] = [],
  ): Promise<void> {
    const atMs = performance.now();
    const commit = { ...this.#hold, term, places, taken };
    const verdict = await commitCapture(this.#options.redis, commit);
    if (verdict === "lost") throw new Error("another courier has taken over");
    this.#leaseEndsMs = atMs + LEASE_MS;
  }

  get #hold() {
    return { owner: this.#id, leaseMs: LEASE_MS };
  }
}

/** The first, as many as may be in memory at a time. */
function someOf(entries: readonly CapturedEntry[]): readonly CapturedEntry[] {
  let bytes = 0;
  const end = entries.findIndex((entry, i) => (bytes += entry.bytes) > BYTES_A_STEP && i > 0);
  return end === -1 ? entries : entries.slice(0, end);
}

function linesByPath(read: readonly EntryLines[]): ReadonlyMap<string, readonly string[]> {
  const all = read.flatMap(({ lines }) => [...lines]);
  const byPath = new Map<string, string[]>();
  for (const [path, texts] of all) byPath.set(path, [...(byPath.get(path) ?? []), ...texts]);
  return byPath;
}
