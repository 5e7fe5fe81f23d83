import {
  loadRegistry,
  readRegistry,
  type Registry,
  type RegistryReading,
} from "../../shared/model/registry.ts";
import { modelsFolderOf, type Home } from "../start/folders.ts";

/** Of every command that reads the models. */
export const MODELS_DIR = "the models' folder; default: the clone's own";

/** The models that `npm start` would serve: of MODELS_DIR, or the clone's own. */
export function readModels(home: Home): Registry {
  return loadRegistry(modelsFolderOf(home));
}

/**
 * The same with what is wrong: a version with faults does not keep the others from being looked at.
 *
 * @throws {RegistryError} when no version is without
 */
export function readAllModels(home: Home): RegistryReading {
  return readRegistry(modelsFolderOf(home));
}
