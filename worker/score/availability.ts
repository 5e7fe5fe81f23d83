import { type Logger, reasonOf } from "../../shared/log.ts";
import { isNotPulled, pullCommand, type ModelVersion } from "../../shared/model/registry.ts";
import type { Unavailable, VersionState } from "../../shared/lane/workers.ts";
import { checkModelFile } from "../runner/check-file.ts";
import { RunnerDied } from "./runner-died.ts";
import type { Slots } from "./slots.ts";

/**
 * Which model versions this worker can serve. One that failed to load stays unavailable until a
 * load succeeds: the passing of time alone does not make it available.
 *
 * Reports about a version that has been replaced or removed in the meantime are ignored.
 */
export class Availability {
  readonly #logger: Logger;
  /** By id; also the states: starting → ready ⇄ failing. */
  readonly #versions = new Map<string, ModelVersion>();
  readonly #starting = new Set<ModelVersion>();
  /** What is the matter with those that could not be loaded when last tried. */
  readonly #failing = new Map<ModelVersion, Unavailable>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** By model version: what the heartbeat tells. */
  states(): Record<string, VersionState> {
    return Object.fromEntries([...this.#versions].map(([id, it]) => [id, this.#stateOf(it)]));
  }

  /** Whether it could not be loaded when last tried. */
  isFailing(version: ModelVersion): boolean {
    return this.#failing.has(version);
  }

  /** Takes up a version, in the place of one with its id. */
  add(version: ModelVersion): void {
    this.remove(version.id);
    this.#versions.set(version.id, version);
    this.#starting.add(version);
  }

  remove(id: string): void {
    const version = this.#versions.get(id);
    if (version === undefined) return;
    this.#versions.delete(id);
    this.#starting.delete(version);
    this.#failing.delete(version);
  }

  /** Says that it has been tried, and may be used if that did not fail. */
  noteStarted(version: ModelVersion): void {
    this.#starting.delete(version);
  }

  /**
   * A file that nobody has pulled yet is no fault: the operator may not want that model. A runner that died
   * before it had begun with this version died of something else: it says so before a load can block it.
   */
  noteFailure(version: ModelVersion, error: unknown): void {
    if (this.#versions.get(version.id) !== version) return;
    if (error instanceof RunnerDied && isBefore(error.progress)) return;
    const isUnpulled = isNotPulled(version);
    const before = this.#failing.get(version);
    if (before !== undefined && (before.not_pulled ?? false) === isUnpulled) return;
    if (isUnpulled) {
      const unavailable = `not pulled: ${pullCommand(version)}`;
      this.#failing.set(version, { unavailable, not_pulled: true });
      this.#logger.info({ model: version.id }, "model is not pulled");
      return;
    }
    const what = version.manifest.pipeline.type === "script" ? "file or script" : "file";
    this.#failing.set(version, { unavailable: `its ${what} cannot be loaded` });
    const reason = reasonOf(error);
    this.#logger.error({ model: version.id, reason }, "model cannot be loaded");
  }

  noteSuccess(version: ModelVersion): void {
    if (!this.#failing.delete(version)) return;
    this.#logger.info({ model: version.id }, "model can be loaded again");
  }

  /** Looks at the file of a version that is not preloaded: it would look well until used. */
  async checkFile(version: ModelVersion): Promise<void> {
    await checkModelFile(version.folder, version.manifest).catch((error: unknown) =>
      this.noteFailure(version, error),
    );
  }

  /** While a version is unavailable no jobs come for it, so that nothing else would try it. */
  async retry(slots: Slots): Promise<void> {
    for (const version of this.#failing.keys()) {
      if (isNotPulled(version)) continue;
      if (!slots.hasFree) return;
      const runner = slots.borrow();
      try {
        await runner.load(version);
        this.noteSuccess(version);
      } catch (error) {
        this.noteFailure(version, error);
      } finally {
        slots.giveBack(runner);
      }
    }
  }

  #stateOf(version: ModelVersion): VersionState {
    return this.#failing.get(version) ?? (this.#starting.has(version) ? "starting" : "ready");
  }
}

function isBefore(progress: RunnerDied["progress"]): boolean {
  return progress === "unsent" || progress === "sent";
}
