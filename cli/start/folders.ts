import { join, resolve } from "node:path";
import { CODE_ROOT } from "../../shared/installed.ts";

/** The clone, or the folder that the npm package serves, and what the environment says instead. */
export interface Installation {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** @param environment of this process; the package's command says its folder in it */
export function installationOf(environment: NodeJS.ProcessEnv): Installation {
  return { root: environment["SCORELINE_FOLDER"] ?? CODE_ROOT, environment };
}

/** What `npm start` of this installation keeps: its lock, its key, and the data of its Redis. */
export function dataFolderOf({ root, environment }: Installation): string {
  return resolve(root, environment["DATA_DIR"] || ".scoreline");
}

/** The file in which it keeps its key. */
export function keyFileOf(installation: Installation): string {
  return join(dataFolderOf(installation), "api-key");
}

/** Where the models are, whether or not there are any yet. */
export function modelsFolderOf({ root, environment }: Installation): string {
  return resolve(environment["MODELS_DIR"] || join(root, "models"));
}
