import { join, resolve } from "node:path";
import { CODE_ROOT } from "../../shared/installed.ts";

/** The clone, or the folder that the npm package serves, and what the environment says instead. */
export interface Home {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** @param environment of this process; the package's command says its folder in it */
export function homeOf(environment: NodeJS.ProcessEnv): Home {
  return { root: environment["SCORELINE_FOLDER"] ?? CODE_ROOT, environment };
}

/** What `npm start` of this home keeps: its lock, its key, and the data of its Redis. */
export function dataFolderOf({ root, environment }: Home): string {
  return resolve(root, environment["DATA_DIR"] || ".scoreline");
}

/** The file in which it keeps its key. */
export function keyFileOf(home: Home): string {
  return join(dataFolderOf(home), "api-key");
}

/** Where the models are, whether or not there are any yet. */
export function modelsFolderOf({ root, environment }: Home): string {
  return resolve(environment["MODELS_DIR"] || join(root, "models"));
}
