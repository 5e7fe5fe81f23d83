import { join } from "node:path";
import { filesOf, modelBytes, type ModelFile } from "../../shared/model/manifest.ts";
import { modelFilePath, type ModelVersion } from "../../shared/model/registry.ts";
import { download } from "../models/download.ts";
import { Progress } from "../terminal/live-line.ts";
import { megabytes } from "../terminal/units.ts";
import { CommandError, type Command, type Shell } from "../terminal/command.ts";
import { fileState, isReady } from "../models/file-state.ts";
import { MODELS_DIR, readModels } from "../models/models-folder.ts";

const STALL_MS = 30_000;

/** `models pull`: fetches the files of a version from the sources its manifest names. */
export const modelsPull: Command = {
  name: "models pull",
  usage: "NAME[@VERSION]",
  summary: "Fetches a model's files from the sources in its manifest.",
  about: `A file is put in place only once its size and SHA-256 match the manifest. An
interrupted download is kept beside it as .part, and the next pull resumes it. A
running worker picks the model up by itself. A bare name means the default
version.`,
  options: {
    "--json": "one object on stdout; progress goes to stderr",
    MODELS_DIR,
  },
  examples: ["models pull resnet152", "models pull resnet152@1 --json"],
  async run({ words: [reference = ""], flags }, shell) {
    const version = readModels(shell).resolve(reference);
    const isPulled = await pull(version, shell);
    const path = modelFilePath(version);
    const bytes = modelBytes(version.manifest);
    if (flags["json"] === true) {
      const result = isPulled ? "pulled" : "present";
      shell.print(JSON.stringify({ model: version.id, result, path, bytes }));
    } else if (isPulled) shell.print(`${version.id} is pulled: ${megabytes(bytes)}, checked`);
    else shell.print(`${version.id} is there already: ${megabytes(bytes)}, checked`);
  },
};

/** @returns false when the right files were there already */
async function pull(version: ModelVersion, shell: Shell): Promise<boolean> {
  if ((await fileState(version)) === "ready") return false;
  for (const file of filesOf(version.manifest)) {
    if (!(await isReady(version, file))) await pullFile(version, file, shell);
  }
  return true;
}

async function pullFile(
  { id, folder }: ModelVersion,
  { path, source, bytes, sha256 }: ModelFile,
  shell: Shell,
): Promise<void> {
  if (source === undefined) {
    throw new CommandError(
      `${path} of ${id} is damaged or missing, and its manifest names no source. If it is in git:\n` +
        `  git checkout HEAD -- ${folder}`,
    );
  }
  const progress = new Progress(shell.notes, bytes);
  const onProgress = (here: number): void => progress.show(here);
  try {
    const target = join(folder, path);
    await download({ source, target, bytes, sha256, stallMs: STALL_MS, onProgress });
  } finally {
    progress.end();
  }
}
