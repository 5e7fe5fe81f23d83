import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../shared/message-of.ts";
import { UsageError, CommandError } from "../terminal/command.ts";
import type { ModelVersion, RegistryReading } from "../../shared/model/registry.ts";
import { unarchiveCommand } from "../../shared/model/archived.ts";

/** Beside `default`: what it said before `models use` changed it. */
const BEFORE = "default.before";

/** What a bare name means, and meant. */
export interface DefaultChange {
  readonly model: string;
  /** Ids of versions. */
  readonly default: string;
  readonly before: string;
  readonly result: "changed" | "unchanged";
}

/**
 * Makes a version what the bare name of its model means, and remembers the one before.
 *
 * @throws {CommandError} when it is archived, or nothing can be written there
 */
export function makeDefault(version: ModelVersion, { registry }: RegistryReading): DefaultChange {
  const { id, name, folder } = version;
  if (version.isArchived) {
    throw new CommandError(`${id} is archived. Undo that first: ${unarchiveCommand(id)}`);
  }
  const home = join(folder, "..");
  const before = registry.defaultOf(name) ?? version;
  const change = { model: name, default: id, before: before.id };
  if (before !== version) write(join(home, BEFORE), `${before.version}\n`);
  else if (existsSync(join(home, "default"))) return { ...change, result: "unchanged" };
  write(join(home, "default"), `${version.version}\n`);
  return { ...change, result: "changed" };
}

/**
 * The version that was the default before the present one.
 *
 * @throws {CommandError} when none is remembered; {ScoringError} when it is no longer there
 */
export function earlierDefault(name: string, reading: RegistryReading): ModelVersion {
  if (name.includes("@")) throw new UsageError(`"${name}" is not NAME`);
  const now = reading.registry.resolve(name);
  const path = join(now.folder, "..", BEFORE);
  const before = existsSync(path) ? readFileSync(path, "utf8").trim() : String(now.version);
  if (before !== String(now.version)) return versionNamed(`${name}@${before}`, reading);
  throw new CommandError(`"${name}" means ${now.id}; what it meant before is not known`);
}

/**
 * @param id `name@version`
 * @throws {UsageError} when it has another form
 * @throws {CommandError} when its manifest has faults; {ScoringError} when there is no such version
 */
export function versionNamed(id: string, { registry, faulty }: RegistryReading): ModelVersion {
  if (!/^[^@]+@\d+$/.test(id)) throw new UsageError(`"${id}" is not NAME@VERSION`);
  const faults = faulty.find((it) => it.id === id)?.faults;
  if (faults !== undefined) throw new CommandError(`${id} has faults:\n  ${faults.join("\n  ")}`);
  return registry.resolve(id);
}

/** In one step: whoever reads it meanwhile finds the old text or the new. @throws {CommandError} */
export function write(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, text, { flag: "wx" });
    renameSync(draft, path);
  } catch (cause) {
    throw new CommandError(`cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}
