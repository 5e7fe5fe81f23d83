import { Every, type Service } from "../service.ts";
import type { Logger } from "../log.ts";
import { fingerprintOf } from "./edition.ts";
import { loadRegistry, readRegistry, RegistryError, type Registry } from "./registry.ts";

const LOOK_MS = 2000;

/**
 * The registry of a folder, as the folder is now. A change counts once two looks in a row find the
 * same: a folder that is still being copied is left alone. A version with faults is skipped, and
 * its faults are logged once a change; where nothing is left, the last registry stays. Versions
 * whose files did not change stay the same objects.
 */
export class RegistryWatch implements Service {
  readonly name = "registry watch";
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #listeners: ((registry: Registry) => void)[] = [];
  #registry: Registry;
  /** Of the folder when it was last read. */
  #read: string;
  /** Of the folder at the last look. */
  #seen: string;
  readonly #looks = new Every(LOOK_MS, () => this.look());
  readonly start = this.#looks.start;
  readonly stop = this.#looks.stop;

  /** @throws {RegistryError} when there is no good one to begin with */
  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
    // Before reading: what changes meanwhile is found by the next look.
    this.#read = fingerprintOf(folder);
    this.#seen = this.#read;
    this.#registry = loadRegistry(folder);
  }

  get registry(): Registry {
    return this.#registry;
  }

  /** @param listener called with each new registry */
  onChange(listener: (registry: Registry) => void): void {
    this.#listeners.push(listener);
  }

  /** Reads the folder again if it has changed, and has not since the look before. */
  look(): void {
    const now = fingerprintOf(this.#folder);
    const isSettled = now === this.#seen;
    this.#seen = now;
    if (!isSettled || now === this.#read) return;
    this.#read = now;
    const before = this.#registry;
    try {
      const { registry, faults } = readRegistry(this.#folder, this.#registry);
      this.#registry = registry;
      if (faults.length > 0) {
        this.#logger.error({ faults }, "models with faults are held back");
      }
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      this.#logger.error({ faults: error.faults }, "models changed and cannot be read; not taken");
      return;
    }
    this.#logger.info(changesOf(before, this.#registry), "models changed");
    for (const listener of this.#listeners) listener(this.#registry);
  }
}

/** Ids of the versions that came, went, or are another edition now. */
function changesOf(before: Registry, after: Registry): Record<string, readonly string[]> {
  const old = new Map(before.versions.map((version) => [version.id, version]));
  const now = new Map(after.versions.map((version) => [version.id, version]));
  const changes = {
    added: [...now.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !now.has(id)),
    replaced: [...now].filter(([id, it]) => old.has(id) && old.get(id) !== it).map(([id]) => id),
  };
  return Object.fromEntries(Object.entries(changes).filter(([, ids]) => ids.length > 0));
}
