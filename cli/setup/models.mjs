import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { say, SetupError } from "./terminal.mjs";

/**
 * Compares every model file with what its manifest says, one line each: in the folder of MODELS_DIR,
 * else in the clone's own.
 *
 * @param {string} root the repository's folder
 * @param {NodeJS.ProcessEnv} environment
 * @throws {SetupError} after all were looked at, when a file is absent or not the one it should be
 */
export function checkModels(root, environment) {
  const own = join(root, "models");
  const models = environment.MODELS_DIR ? resolve(environment.MODELS_DIR) : own;
  const manifests = findManifests(models);
  if (manifests.length === 0) return say("models", `none in ${models}`);
  const faults = manifests.flatMap(({ name, folder }) => {
    const { isFault, text } = checkModel(folder);
    say("models", `${name.padEnd(24)} ${text}`);
    return isFault ? [name] : [];
  });
  if (faults.length === 0) return;
  const what = "model files are absent or damaged (see above).";
  if (models !== own) throw new SetupError(`${what} Put them right in ${models} (MODELS_DIR).`);
  throw new SetupError(
    `${what} Fetch them again from the repository:\n` +
      `  git checkout HEAD -- ${faults.map((name) => `models/${name}`).join(" ")}`,
  );
}

/** Every <name>/<version>/ that holds a manifest, in order. */
function findManifests(models) {
  return folders(models)
    .flatMap((model) => folders(join(models, model)).map((version) => `${model}/${version}`))
    .map((name) => ({ name, folder: join(models, name) }))
    .filter(({ folder }) => existsSync(join(folder, "manifest.json")));
}

function folders(path) {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true, encoding: "utf8" })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    .toSorted();
}

function checkModel(folder) {
  let file;
  try {
    ({ file } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
  } catch (error) {
    return { isFault: true, text: `manifest.json is not JSON: ${error.message}` };
  }
  const checked = [file, ...(file?.weights ?? [])].map((one) => checkFile(one, folder));
  return checked.find(({ isFault }) => isFault) ?? checked[0];
}

function checkFile(file, folder) {
  const path = join(folder, file?.path ?? "model.onnx");
  if (!existsSync(path)) return absent(file, folder);
  const content = readFileSync(path);
  if (file?.bytes !== undefined && content.length !== file.bytes) {
    return { isFault: true, text: `${content.length} bytes instead of ${file.bytes}` };
  }
  if (file?.sha256 === undefined) return { isFault: false, text: "present (no checksum given)" };
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (sha256 !== file.sha256.toLowerCase()) {
    return { isFault: true, text: `SHA-256 is ${sha256} instead of ${file.sha256}` };
  }
  return { isFault: false, text: `checked, ${size(content.length)}` };
}

function absent(file, folder) {
  if (file?.source === undefined) {
    return { isFault: true, text: `${file?.path ?? "model.onnx"} is absent` };
  }
  const name = `${basename(dirname(folder))}@${basename(folder)}`;
  return { isFault: false, text: `not pulled: npx scoreline models pull ${name}` };
}

function size(bytes) {
  if (bytes < 1e3) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
