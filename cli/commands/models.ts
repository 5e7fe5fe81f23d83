import { join, resolve } from "node:path";
import { loadRegistry, type Registry } from "../../shared/model/registry.ts";
import type { Shell } from "./command.ts";

/** The models that `npm start` would serve: of MODELS_DIR, or the clone's own. */
export function readModels({ root, environment }: Shell): Registry {
  const folder = environment["MODELS_DIR"];
  return loadRegistry(
    folder === undefined || folder === "" ? join(root, "models") : resolve(folder),
  );
}
