import { dirname } from "node:path";
import { modelFilePath, type ModelVersion } from "../../shared/model/registry.ts";
import { download } from "../models/download.ts";
import { Progress } from "../terminal/live-line.ts";
import { megabytes } from "../terminal/units.ts";
import { CommandError, type Command, type Shell } from "../terminal/command.ts";
import { fileState } from "../models/file-state.ts";
import { MODELS_DIR, readModels } from "../models/models-folder.ts";

const STALL_MS = 30_000;

/** `models pull`: fetches the file of a version from the source its manifest names. */
export const modelsPull: Command = {
  name: "models pull",
  usage: "NAME[@VERSION]",
  summary: "Fetches a model's file from the source in its manifest.",
  about: `The file is put in place only once its size and SHA-256 match the manifest. An
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
    const bytes = version.manifest.file.bytes;
    if (flags["json"] === true) {
      const result = isPulled ? "pulled" : "present";
      shell.print(JSON.stringify({ model: version.id, result, path, bytes }));
    } else if (isPulled) shell.print(`${version.id} is pulled: ${megabytes(bytes)}, checked`);
    else shell.print(`${version.id} is there already: ${megabytes(bytes)}, checked`);
    return 0;
  },
};

/** @returns false when the right file was there already */
async function pull(version: ModelVersion, shell: Shell): Promise<boolean> {
  if ((await fileState(version)) === "ready") return false;
  const { source, bytes, sha256 } = version.manifest.file;
  if (source === undefined) {
    throw new CommandError(
      `${version.id} is damaged, and its manifest names no file.source. If it is in git:\n` +
        `  git checkout HEAD -- ${dirname(modelFilePath(version))}`,
    );
  }
  const target = modelFilePath(version);
  const progress = new Progress(shell.notes, bytes);
  const onProgress = (here: number): void => progress.show(here);
  try {
    await download({ source, target, bytes, sha256, stallMs: STALL_MS, onProgress });
  } finally {
    progress.end();
  }
  return true;
}
