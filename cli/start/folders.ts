import { join, resolve } from "node:path";

/** The repository's folder, and what the person's environment says instead. */
export interface Place {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** What `npm start` of this clone keeps: its lock, its key, and the data of its Redis. */
export function dataFolderOf({ root, environment }: Place): string {
  return resolve(root, environment["DATA_DIR"] || ".scoreline");
}

/** The file in which it keeps its key. */
export function keyFileOf(place: Place): string {
  return join(dataFolderOf(place), "api-key");
}

/** Where the models are, whether or not there are any yet. */
export function modelsFolderOf({ root, environment }: Place): string {
  return resolve(environment["MODELS_DIR"] || join(root, "models"));
}
