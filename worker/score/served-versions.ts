import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { wantsPreload } from "../../shared/model/wanted-versions.ts";
import { delay } from "../../shared/wait.ts";
import type { Availability } from "./availability.ts";
import type { Slots } from "./slots.ts";

/**
 * A removed version is served this much longer, in ms: gateways look at the folder at times of their
 * own, and what one accepts a moment later is to be scored as well.
 */
const LINGER_MS = 10_000;

export interface ServedVersionsOptions {
  readonly versions: readonly ModelVersion[];
  readonly slots: Slots;
  readonly availability: Availability;
  /** Takes packs of a version from now on, in the place of one with its id. */
  readonly open: (version: ModelVersion) => void;
  /** Takes no more of it; resolves when nothing of it is in hand. */
  readonly close: (version: ModelVersion) => Promise<void>;
  readonly logger: Logger;
}

/**
 * The model versions this worker serves; the set changes while it runs.
 *
 * - new: loaded if it wants to be preloaded, else its file is looked at; then its packs are taken
 * - changed: as new, in the place of the old one; runners load afresh with their next use
 * - removed: taken a little longer and then no more; what runs ends, its sessions are freed
 */
export class ServedVersions {
  readonly #options: ServedVersionsOptions;
  #versions: ReadonlyMap<string, ModelVersion>;
  readonly #stopping = new AbortController();
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ServedVersionsOptions) {
    this.#options = options;
    this.#versions = byId(options.versions);
    for (const version of options.versions) options.availability.add(version);
  }

  /** What every runner loads before it is used. */
  get preload(): readonly ModelVersion[] {
    return [...this.#versions.values()].filter(wantsPreload);
  }

  /** What to score a job with: what is in its version's folder now, or was until it was removed. */
  current(version: ModelVersion): ModelVersion {
    return this.#versions.get(version.id) ?? version;
  }

  async start(): Promise<void> {
    const { slots, availability, open } = this.#options;
    const versions = [...this.#versions.values()];
    const unseen = versions.filter((version) => !wantsPreload(version));
    const checks = unseen.map(async (version) => availability.checkFile(version));
    await Promise.all([slots.start(), ...checks]);
    for (const version of versions) availability.noteStarted(version);
    for (const version of versions) open(version);
  }

  /** Serves these from now on. One change after the other; never rejects. */
  async follow(versions: readonly ModelVersion[]): Promise<void> {
    this.#turn = this.#turn.then(async () => this.#change(versions)).catch(this.#onError);
    await this.#turn;
  }

  /** Begins no change any more, and keeps no removed version any longer. */
  stop(): void {
    this.#stopping.abort();
  }

  async #change(versions: readonly ModelVersion[]): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { availability, open, logger } = this.#options;
    const before = [...this.#versions.values()];
    const added = versions.filter((version) => !before.includes(version));
    const gone = before.filter((version) => !versions.includes(version));
    if (added.length + gone.length === 0) return;
    this.#versions = byId(versions);
    for (const { id } of gone) availability.remove(id);
    for (const version of added) availability.add(version);
    logger.info({ models: versions.map(({ id }) => id) }, "serving");
    for (const version of added) {
      await this.#prepare(version);
      open(version);
    }
    for (const version of gone) this.#retire(version).catch(this.#onError);
  }

  async #prepare(version: ModelVersion): Promise<void> {
    const { slots, availability } = this.#options;
    if (wantsPreload(version)) {
      await slots.onEach(async (runner) =>
        runner.load(version).catch((error: unknown) => availability.noteFailure(version, error)),
      );
    } else {
      await availability.checkFile(version);
    }
    availability.noteStarted(version);
  }

  async #retire(version: ModelVersion): Promise<void> {
    const { slots, close } = this.#options;
    const isRemoved = (): boolean => !this.#versions.has(version.id);
    if (isRemoved()) await delay(LINGER_MS, this.#stopping.signal);
    if (!isRemoved()) return; // changed: the next load frees the old session
    await close(version);
    // A runner that dies of it has freed it too.
    await slots.onEach(async (runner) => runner.unload(version.folder).catch(() => {}));
  }

  readonly #onError = (error: unknown): void => {
    this.#options.logger.error({ err: error }, "change of models failed");
  };
}

function byId(versions: readonly ModelVersion[]): ReadonlyMap<string, ModelVersion> {
  return new Map(versions.map((version) => [version.id, version]));
}
