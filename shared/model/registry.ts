import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ScoringError } from "../error.ts";
import { StartError } from "../start-error.ts";
import { isArchived } from "./archived.ts";
import { editionOf } from "./edition.ts";
import { filesOf, manifestSchema, type Manifest } from "./manifest.ts";

/** One model version that may be scored. */
export interface ModelVersion {
  /** `<name>@<version>` */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** Folder that holds the manifest. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Changes with the files in the folder; meant for the processes of this machine. */
  readonly edition: string;
  /** It takes no new jobs. */
  readonly isArchived: boolean;
}

/** All manifests with faults, and every fault of each. */
export class RegistryError extends StartError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`models that cannot be served:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.name = "RegistryError";
    this.faults = faults;
  }
}

/** The models of a folder, by name and version. Immutable. */
export class Registry {
  readonly versions: readonly ModelVersion[];
  readonly #byId: ReadonlyMap<string, ModelVersion>;
  readonly #defaults: ReadonlyMap<string, ModelVersion>;
  readonly #heldBack: readonly string[];

  /**
   * @param defaults version that a bare name means, per name; else the highest that is not archived
   * @param heldBack ids of versions that are there and not served, because their manifests have faults
   */
  constructor(
    versions: readonly ModelVersion[],
    defaults: ReadonlyMap<string, number | undefined>,
    heldBack: readonly string[] = [],
  ) {
    this.#heldBack = heldBack;
    this.versions = versions.toSorted(
      (a, b) => a.name.localeCompare(b.name) || a.version - b.version,
    );
    this.#byId = new Map(this.versions.map((version) => [version.id, version]));
    const inUse = this.versions.filter((version) => !version.isArchived);
    const highest = new Map([...this.versions, ...inUse].map((version) => [version.name, version]));
    this.#defaults = new Map(
      [...highest].map(([name, last]) => [
        name,
        this.#byId.get(`${name}@${defaults.get(name)}`) ?? last,
      ]),
    );
  }

  get names(): readonly string[] {
    return [...this.#defaults.keys()];
  }

  defaultOf(name: string): ModelVersion | undefined {
    return this.#defaults.get(name);
  }

  /** @param id `name@version` */
  find(id: string): ModelVersion | undefined {
    return this.#byId.get(id);
  }

  /**
   * @param reference `name` or `name@version`
   * @param endpoints their names, where a bare name could have been one
   * @throws {ScoringError} `not_found`, with the names there are; `model_unavailable` when it is held back
   */
  resolve(reference: string, endpoints?: () => readonly string[]): ModelVersion {
    const found = this.#defaults.get(reference) ?? this.#byId.get(reference);
    if (found !== undefined) return found;
    const [name = ""] = reference.split("@");
    if (this.#heldBack.some((id) => id === reference || id.startsWith(`${reference}@`))) {
      const message = `The manifest of "${reference}" is invalid; the gateway's log says why.`;
      throw new ScoringError("model_unavailable", message);
    }
    const known = this.versions.filter((version) => version.name === name);
    const isBare = endpoints !== undefined && name === reference;
    const all = isBare ? [...new Set([...this.names, ...endpoints()])] : this.names;
    const choice = known.length > 0 ? known.map((version) => version.id) : all;
    const none = isBare ? "neither a model nor an endpoint" : "no model";
    const message = `There is ${none} "${reference.slice(0, 100)}". Available: ${choice.join(", ") || "none"}.`;
    throw new ScoringError("not_found", message);
  }
}

/** A version that cannot be served. */
export interface FaultyVersion {
  /** `<name>@<version>` */
  readonly id: string;
  readonly name: string;
  /** Of its manifest. */
  readonly faults: readonly string[];
}

/** A folder of models as it is, with what is wrong with it. */
export interface RegistryReading {
  readonly registry: Registry;
  /** Versions that have faults and were never without. */
  readonly faulty: readonly FaultyVersion[];
  /** All, each with its place; empty when all is well. */
  readonly faults: readonly string[];
  /** Those of them that are not of a numbered version, such as a `default` that names none. */
  readonly strayFaults: readonly string[];
}

/**
 * Reads `<folder>/<name>/<version>/manifest.json` of all models. Model files are not touched.
 *
 * @throws {RegistryError} listing every fault of every manifest
 */
export function loadRegistry(folder: string): Registry {
  const { registry, faults } = readRegistry(folder);
  if (faults.length > 0) throw new RegistryError(faults);
  return registry;
}

/**
 * As `loadRegistry`, but a version with faults is skipped: it stays as it was, or is not
 * there yet. Versions whose files are the same since stay the same objects.
 *
 * @param last read before
 * @throws {RegistryError} when no version is left
 */
export function readRegistry(folder: string, last?: Registry): RegistryReading {
  const models = subfolders(folder).map((name) => readModel(join(folder, name), name, last));
  const versions = models.flatMap((model) => model.versions);
  const faults = models.flatMap((model) => [...model.faults, ...model.strayFaults]);
  if (versions.length === 0) {
    faults.push(`${folder}: holds no model (MODELS_DIR); see docs/models.md`);
    throw new RegistryError(faults);
  }
  const faulty = models.flatMap((model) => model.faulty);
  const strayFaults = models.flatMap((model) => model.strayFaults);
  const defaults = new Map(models.map(({ name, chosen }) => [name, chosen]));
  const heldBack = faulty.map(({ id }) => id);
  return { registry: new Registry(versions, defaults, heldBack), faulty, faults, strayFaults };
}

interface ModelReading {
  readonly name: string;
  readonly versions: ModelVersion[];
  /** Those that have faults and were never without. */
  readonly faulty: FaultyVersion[];
  /** Of versions, each with its place. */
  readonly faults: string[];
  readonly strayFaults: string[];
  /** The version that the bare name means; undefined: the highest. */
  chosen: number | undefined;
}

function readModel(home: string, name: string, last: Registry | undefined): ModelReading {
  const model: ModelReading = {
    name,
    versions: [],
    faulty: [],
    faults: [],
    strayFaults: [],
    chosen: undefined,
  };
  for (const version of subfolders(home)) {
    const folder = join(home, version);
    if (!existsSync(join(folder, "manifest.json"))) continue;
    if (/^[1-9]\d*$/.test(version)) readVersion(folder, model, Number(version), last);
    else {
      const fault = "holds a manifest, but versions are folders named 1, 2, 3 and so on";
      model.strayFaults.push(`${folder}: ${fault}`);
    }
  }
  const chosen = readDefault(home);
  model.chosen = chosen;
  if (chosen === undefined || model.versions.some(({ version }) => version === chosen))
    return model;
  model.chosen = last?.defaultOf(name)?.version;
  // A version that is there and has faults is not missing.
  if (model.faulty.some(({ id }) => id === `${name}@${chosen}`)) return model;
  model.strayFaults.push(`${join(home, "default")}: there is no version ${chosen}`);
  return model;
}

function readVersion(
  folder: string,
  { name, versions, faulty, faults }: ModelReading,
  version: number,
  last: Registry | undefined,
): void {
  const id = `${name}@${version}`;
  const known = last?.find(id);
  const isSame = known?.edition === editionOf(folder) && known.isArchived === isArchived(folder);
  const read = isSame ? known : readManifest(folder, name, version);
  if (!Array.isArray(read)) versions.push(read);
  else {
    faults.push(...read.map((fault) => `${folder}: ${fault}`));
    if (known === undefined) faulty.push({ id, name, faults: read });
    else versions.push(known);
  }
}

/** @throws {RegistryError} when it cannot be read */
function subfolders(folder: string): string[] {
  try {
    return (
      readdirSync(folder, { withFileTypes: true })
        // A name with a dot is a version that `scoreline models add` is still putting together.
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
        .map((entry) => entry.name)
    );
  } catch (cause) {
    throw new RegistryError([
      `${folder}: ${cause instanceof Error ? cause.message : "unreadable"}`,
    ]);
  }
}

function readManifest(folder: string, name: string, version: number): ModelVersion | string[] {
  const edition = editionOf(folder); // before reading: a change meanwhile shows as another one
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  } catch (error) {
    return [error instanceof Error ? error.message : "manifest.json cannot be read"];
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  }
  const manifest = parsed.data;
  if (manifest.name !== name || manifest.version !== version) {
    return [`says it is ${manifest.name}@${manifest.version}, but its folder says otherwise`];
  }
  const id = `${name}@${version}`;
  return { id, name, version, folder, manifest, edition, isArchived: isArchived(folder) };
}

function readDefault(folder: string): number | undefined {
  const file = join(folder, "default");
  return existsSync(file) ? Number(readFileSync(file, "utf8").trim()) : undefined;
}

type VersionFolder = Pick<ModelVersion, "folder" | "manifest">;

/** Where a version's graph is, or will be. */
export function modelFilePath({ folder, manifest }: VersionFolder): string {
  return join(folder, manifest.file.path);
}

/** Whether a file of a version is still where its manifest's `source` says, and not here. */
export function isNotPulled({ folder, manifest }: VersionFolder): boolean {
  return filesOf(manifest).some(
    ({ path, source }) => source !== undefined && !existsSync(join(folder, path)),
  );
}

/** What a person types to have it. */
export function pullCommand({ id }: Pick<ModelVersion, "id">): string {
  return `npx scoreline models pull ${id}`;
}
