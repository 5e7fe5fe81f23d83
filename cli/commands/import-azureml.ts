import { readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../shared/message-of.ts";
import { nameSchema } from "../../shared/model/manifest.ts";
import type { Registry } from "../../shared/model/registry.ts";
import { readDeploymentConfig, type DeploymentConfig } from "../azureml/deployment-config.ts";
import { endpointOf } from "../azureml/endpoint.ts";
import { changedManifest, membersOf, settingsOf, type Imported } from "../azureml/imported.ts";
import { reportLines, reportOf } from "../azureml/report.ts";
import { supported } from "../azureml/supported.ts";
import { filesOf, writeFiles, writeNewFiles, type RenderedFile } from "../deploy/files.ts";
import { textOf } from "../deploy/options.ts";
import { workersOf } from "../deploy/workers.ts";
import { MODELS_DIR, readModels } from "../models/models-folder.ts";
import { CommandError, UsageError, type Arguments, type Command } from "../terminal/command.ts";
import { show } from "../terminal/show.ts";
import { CODE_ROOT } from "../../shared/installed.ts";

/** `import azureml`: what a deployment configuration of Azure ML says, in our own files. */
export const importAzureml: Command = {
  name: "import azureml",
  usage: "FILE... --model MODEL[@VERSION]",
  summary: "Turns deployment settings of Azure ML into ours.",
  about: `FILE is the deploymentconfig.json (or YAML) that "az ml model deploy --dc" took,
for aks, aksendpoint or aci. MODEL is what it deployed, exported to ONNX and
added with "scoreline models add". Several files are versions of one endpoint.

Says what each setting becomes, and lists what has no counterpart, with the
reason. With --out it also writes
  models/MODEL/VERSION/manifest.json   the manifest with its new settings
  k8s/MODEL-VERSION/                   Deployment, KEDA ScaledObject and budget,
                                       as of "scoreline deploy render"
  endpoints/NAME.json                  the endpoint, for "endpoints apply -f"
Where the file is silent, Azure's defaults count. Secrets are never taken over.`,
  options: {
    "--model NAME ...": "MODEL or MODEL@VERSION, once for each FILE",
    "--variant NAME ...":
      "name of the version in the endpoint, once for each FILE; default: MODEL-VERSION",
    "--endpoint NAME": "default: the name of the first model",
    "--out FOLDER": "where to write; without it, nothing is written",
    "--force": "overwrite files that are there already",
    "--json": "an object with the settings, what has no counterpart, and the files",
    MODELS_DIR,
  },
  examples: [
    "import azureml deploymentconfig.json --model wine",
    "import azureml blue.json green.json --model image-classification@1 --model image-classification@2 --endpoint photos --out imported",
  ],
  async run(given, shell) {
    const { flags, words } = given;
    const out = textOf(flags, "out");
    const read = words.map((path) => readDeploymentConfig(textOfFile(path), path));
    const [first, ...rest] = importedOf(given, read, readModels(shell));
    if (first === undefined) throw new UsageError("FILE is missing");
    const all = [first, ...rest] as const;
    const name = endpointName(flags, first);
    const endpoint = {
      name: `endpoints/${name}.json`,
      text: `${JSON.stringify({ name, ...endpointOf(all) }, null, 2)}\n`,
    };
    const files = [...all.flatMap((one) => versionFiles(one, CODE_ROOT)), endpoint];
    const report = reportOf(all, read);
    if (out !== undefined) (flags["force"] === true ? writeFiles : writeNewFiles)(files, out);
    const written = out === undefined ? [] : files.map((file) => join(out, file.name));
    const next = out === undefined ? [] : ["", ...nextLines(all, out, files)];
    const lines = [...reportLines(report), ...next];
    show({ ...report, files: written }, lines, given, shell);
    return Promise.resolve(0);
  },
};

function textOfFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${messageOf(error)}`);
  }
}

/** Each file with the model and the variant that belong to it, by their order. */
function importedOf(
  { words, lists }: Arguments,
  read: readonly DeploymentConfig[],
  models: Registry,
): readonly Imported[] {
  for (const [option, values] of Object.entries(lists)) {
    if (values.length === words.length) continue;
    throw new UsageError(
      `--${option} is given ${values.length} times for ${words.length} files: once for each, in their order`,
    );
  }
  return read.map((config, i) => {
    const version = models.resolve(lists["model"]?.[i] ?? "");
    const variant = named("variant", lists["variant"]?.[i] ?? version.id.replace("@", "-"));
    const target = { config: config.config, manifest: version.manifest, variant };
    const settings = settingsOf(config, target).map(supported);
    return { path: words[i] ?? "", variant, version, settings };
  });
}

function endpointName(flags: Arguments["flags"], { version }: Imported): string {
  return named("endpoint", textOf(flags, "endpoint") ?? version.name);
}

function named(option: string, name: string): string {
  const { success, error } = nameSchema.safeParse(name);
  if (success) return name;
  throw new UsageError(`--${option} ${name}: ${error.issues[0]?.message}`);
}

/** Of one version: its manifest, if that changes, and its workers. */
function versionFiles(one: Imported, root: string): readonly RenderedFile[] {
  const { version, text } = changedManifest(one);
  const { objects, command } = workersOf(version, membersOf(one, "deploy"), root);
  const folder = kubernetesFolder(one);
  const manifest = `models/${version.name}/${version.version}/manifest.json`;
  return [
    ...(text === undefined ? [] : [{ name: manifest, text }]),
    ...filesOf(objects, command).map((file) => ({ ...file, name: `${folder}/${file.name}` })),
  ];
}

function kubernetesFolder({ version }: Imported): string {
  return `k8s/${version.name}-${version.version}`;
}

function nextLines(
  all: readonly [Imported, ...Imported[]],
  out: string,
  files: readonly RenderedFile[],
): readonly string[] {
  const models = join(all[0].version.folder, "../..");
  const names = files.map(({ name }) => name);
  const hasManifests = names.some((name) => name.startsWith("models/"));
  const endpoint = names.find((name) => name.startsWith("endpoints/")) ?? "";
  return [
    "Next; a manifest can change only until its version is in use:",
    ...(hasManifests ? [`  cp -r ${join(out, "models")}/. ${models}`] : []),
    ...all.map((one) => `  kubectl apply -k ${join(out, kubernetesFolder(one))}`),
    `  npx scoreline endpoints apply -f ${join(out, endpoint)}`,
    "The workers are sized for a slow model. Measure yours by scoreline models check,",
    "and add --rows-per-second to the command in the first line of each",
    "kustomization.yaml, which renders them again.",
  ];
}
