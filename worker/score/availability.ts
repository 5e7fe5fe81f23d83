import type { Logger } from "../../shared/log.ts";
import { isNotPulled, pullCommand } from "../../shared/model/model-file.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { Unavailable, VersionState } from "../../shared/queue/workers.ts";
import { checkModelFile } from "../runner/check-file.ts";
import type { Slots } from "./slots.ts";

/**
 * Which model versions this worker can serve. One that failed to load stays unavailable until a
 * load succeeds: nobody is told that it is well because time has passed.
 */
export class Availability {
  readonly #versions: readonly ModelVersion[];
  readonly #logger: Logger;
  /** By folder: what is the matter with versions that could not be loaded when last tried. */
  readonly #failing = new Map<string, Unavailable>();
  isReady = false;

  constructor(versions: readonly ModelVersion[], logger: Logger) {
    this.#versions = versions;
    this.#logger = logger;
  }

  /** By model version: what the heartbeat tells. */
  states(): Record<string, VersionState> {
    return Object.fromEntries(
      this.#versions.map((version) => [version.id, this.#stateOf(version)]),
    );
  }

  /** A file that nobody has pulled yet is no fault: the operator may not want that model. */
  noteFailure(folder: string, error: unknown): void {
    const version = this.#versionIn(folder);
    const isUnpulled = version !== undefined && isNotPulled(version);
    const before = this.#failing.get(folder);
    if (before !== undefined && (before.not_pulled ?? false) === isUnpulled) return;
    if (isUnpulled) {
      const unavailable = `not pulled: ${pullCommand(version)}`;
      this.#failing.set(folder, { unavailable, not_pulled: true });
      this.#logger.info({ model: version.id }, "model is not pulled");
      return;
    }
    const what = version?.manifest.pipeline.type === "script" ? "file or script" : "file";
    this.#failing.set(folder, { unavailable: `its ${what} cannot be loaded` });
    const reason = error instanceof Error ? error.message : String(error);
    this.#logger.error({ model: this.#idOf(folder), reason }, "model cannot be loaded");
  }

  noteSuccess(folder: string): void {
    if (!this.#failing.delete(folder)) return;
    this.#logger.info({ model: this.#idOf(folder) }, "model can be loaded again");
  }

  /** Looks at the files of versions that are not preloaded: they would look well until used. */
  async checkFiles(): Promise<void> {
    const unseen = this.#versions.filter(({ manifest }) => !manifest.preload);
    const checks = unseen.map(async ({ folder, manifest }) =>
      checkModelFile(folder, manifest).catch((error: unknown) => this.noteFailure(folder, error)),
    );
    await Promise.all(checks);
  }

  /** While a version is unavailable no jobs come for it, so that nothing else would try it. */
  async retry(slots: Slots): Promise<void> {
    for (const folder of this.#failing.keys()) {
      const version = this.#versionIn(folder);
      if (version !== undefined && isNotPulled(version)) continue;
      if (!slots.hasFree) return;
      const runner = slots.borrow();
      try {
        await runner.load(folder);
        this.noteSuccess(folder);
      } catch (error) {
        this.noteFailure(folder, error);
      } finally {
        slots.giveBack(runner);
      }
    }
  }

  #idOf(folder: string): string {
    return this.#versionIn(folder)?.id ?? folder;
  }

  #versionIn(folder: string): ModelVersion | undefined {
    return this.#versions.find((version) => version.folder === folder);
  }

  #stateOf({ folder }: ModelVersion): VersionState {
    return this.#failing.get(folder) ?? (this.isReady ? "ready" : "starting");
  }
}
