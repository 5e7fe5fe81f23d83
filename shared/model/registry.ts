import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ScoringError } from "../error.ts";
import { editionOf } from "./edition.ts";
import { manifestSchema, type Manifest } from "./manifest.ts";

/** One model version that may be scored. */
export interface ModelVersion {
  /** `<name>@<version>` */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** Folder that holds the manifest. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Changes with the files in the folder; meant for this process alone. */
  readonly edition: string;
}

/** All manifests with faults, and every fault of each. */
export class RegistryError extends Error {
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

  /** @param defaults version that a bare name means, per name; else the highest */
  constructor(versions: readonly ModelVersion[], defaults: ReadonlyMap<string, number>) {
    this.versions = versions.toSorted(
      (a, b) => a.name.localeCompare(b.name) || a.version - b.version,
    );
    this.#byId = new Map(this.versions.map((version) => [version.id, version]));
    const highest = new Map(this.versions.map((version) => [version.name, version]));
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
   * @throws {ScoringError} `not_found`, with the names there are
   */
  resolve(reference: string): ModelVersion {
    const found = this.#defaults.get(reference) ?? this.#byId.get(reference);
    if (found !== undefined) return found;
    const [name = ""] = reference.split("@");
    const known = this.versions.filter((version) => version.name === name);
    const choice = known.length > 0 ? known.map((version) => version.id) : this.names;
    throw new ScoringError(
      "not_found",
      `There is no model "${reference.slice(0, 100)}". There is: ${choice.join(", ") || "none"}.`,
    );
  }
}

/**
 * Reads `<folder>/<name>/<version>/manifest.json` of all models. Model files are not touched.
 *
 * @param last read before; versions whose files are the same since stay the same objects
 * @throws {RegistryError} listing every fault of every manifest
 */
export function loadRegistry(folder: string, last?: Registry): Registry {
  const faults: string[] = [];
  const versions: ModelVersion[] = [];
  const defaults = new Map<string, number>();
  for (const name of subfolders(folder)) {
    const before = faults.length;
    for (const version of subfolders(join(folder, name))) {
      const home = join(folder, name, version);
      if (!existsSync(join(home, "manifest.json"))) continue;
      if (!/^[1-9]\d*$/.test(version)) {
        faults.push(`${home}: holds a manifest, but versions are folders named 1, 2, 3 and so on`);
        continue;
      }
      const known = last?.find(`${name}@${version}`);
      if (known?.edition === editionOf(home)) {
        versions.push(known);
        continue;
      }
      const read = readManifest(home, name, Number(version));
      if (Array.isArray(read)) faults.push(...read.map((fault) => `${home}: ${fault}`));
      else versions.push(read);
    }
    const chosen = readDefault(join(folder, name));
    if (chosen !== undefined) defaults.set(name, chosen);
    const isWhole = faults.length === before; // a version that is there and broken is not missing
    if (isWhole && chosen !== undefined && !versions.some((it) => it.id === `${name}@${chosen}`)) {
      faults.push(`${join(folder, name, "default")}: there is no version ${chosen}`);
    }
  }
  if (faults.length > 0) throw new RegistryError(faults);
  if (versions.length === 0) {
    throw new RegistryError([`${folder}: holds no model (MODELS_DIR); see docs/models.md`]);
  }
  return new Registry(versions, defaults);
}

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
  return { id: `${name}@${version}`, name, version, folder, manifest, edition };
}

function readDefault(folder: string): number | undefined {
  const file = join(folder, "default");
  return existsSync(file) ? Number(readFileSync(file, "utf8").trim()) : undefined;
}
