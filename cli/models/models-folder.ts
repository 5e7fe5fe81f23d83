import { join, resolve } from "node:path";
import {
  loadRegistry,
  readRegistry,
  type Registry,
  type RegistryReading,
} from "../../shared/model/registry.ts";
import type { Shell } from "../terminal/command.ts";

/** Of every command that reads the models. */
export const MODELS_DIR = "the models' folder; default: the clone's own";

/** The models that `npm start` would serve: of MODELS_DIR, or the clone's own. */
export function readModels(shell: Shell): Registry {
  return loadRegistry(modelsFolder(shell));
}

/**
 * The same with what is wrong: a version with faults does not keep the others from being looked at.
 *
 * @throws {RegistryError} when no version is without
 */
export function readAllModels(shell: Shell): RegistryReading {
  return readRegistry(modelsFolder(shell));
}

/** Where they are, whether or not there are any yet. */
export function modelsFolder({ root, environment }: Shell): string {
  const folder = environment["MODELS_DIR"];
  return folder === undefined || folder === "" ? join(root, "models") : resolve(folder);
}
