import type { Logger } from "../../shared/log.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import type { VersionState } from "../../shared/queue/workers.ts";
import { checkModelFile } from "../runner/check-file.ts";
import type { Slots } from "./slots.ts";

/**
 * Which model versions this worker can serve. One that failed to load stays unavailable until a
 * load succeeds: nobody is told that it is well because time has passed.
 */
export class Availability {
  readonly #versions: readonly ModelVersion[];
  readonly #logger: Logger;
  /** Folders of versions that could not be loaded when last tried. */
  readonly #failing = new Set<string>();
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

  noteFailure(folder: string, error: unknown): void {
    if (this.#failing.has(folder)) return;
    this.#failing.add(folder);
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
    for (const folder of this.#failing) {
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
    return this.#versions.find((version) => version.folder === folder)?.id ?? folder;
  }

  #stateOf({ folder, manifest }: ModelVersion): VersionState {
    const what = manifest.pipeline.type === "script" ? "file or script" : "file";
    if (this.#failing.has(folder)) return { unavailable: `its ${what} cannot be loaded` };
    return this.isReady ? "ready" : "starting";
  }
}
