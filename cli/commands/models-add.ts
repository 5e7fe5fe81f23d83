import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { nameSchema, type Manifest } from "../../shared/model/manifest.ts";
import { cardOf } from "../models/add/card.ts";
import { companionOf, givenExample, madeUpExample } from "../models/add/example.ts";
import { defaultOf, Draft, freeVersion, nextVersion } from "../models/add/folder.ts";
import { graphFindings, refuseBad } from "../models/add/graph-findings.ts";
import { keyOption } from "../http/key.ts";
import { gatewayUrl } from "../http/url.ts";
import { addedJson, addedLines, type Added } from "../models/add/report.ts";
import { rowTensorsOf } from "../models/add/servable.ts";
import { planFolder } from "../models/add/plan-folder.ts";
import { manifestOf, planVersion } from "../models/add/plan-version.ts";
import { providersOf } from "../models/add/on-gpu.ts";
import { gpuFor } from "../models/gpu.ts";
import { tryExamples, writeGoldens, type Examples } from "../models/add/try-examples.ts";
import { isFolder, readHubFolder } from "../models/hub/hub-folder.ts";
import { sha256OfFile } from "../models/sha256.ts";
import { readModel } from "../models/onnx/read-model.ts";
import { show } from "../terminal/show.ts";
import { Questions } from "../terminal/questions.ts";
import { type Arguments, type Command, type Shell } from "../terminal/command.ts";
import { modelsFolderOf } from "../start/folders.ts";
import { MODELS_DIR } from "../models/models-folder.ts";

/** `models add`: makes a version of an ONNX file. */
export const modelsAdd: Command = {
  name: "models add",
  usage: "FILE.onnx|FOLDER",
  summary: "Makes a version of an ONNX file: inspects, asks, runs, writes.",
  about: `Inspects the graph, guesses the pipeline and asks what it cannot infer. Runs the
version as a worker would, and only then puts models/NAME/VERSION in place; a
running system picks it up. Without a terminal it asks nothing: options answer,
and it lists what it assumed. FOLDER is one as Hugging Face lays it out, with
config.json, tokenizer.json and onnx/*.onnx.`,
  options: {
    "--name NAME": "lower-case letters, digits and dashes; asked for if not given",
    "--version N": "default: the next free one",
    "--pipeline NAME":
      "tabular, image-classification, object-detection, text-match or tensor; of a folder: text-embedding, text-classification, token-classification or text-pair",
    "--graph FILE": "of a folder with several graphs: which; default: onnx/model.onnx",
    "--pooling NAME": "text-embedding: mean, cls, last or max; default: as the folder says",
    "--matryoshka SIZES": `text-embedding: fewer dimensions that may be asked for, 64,128; or "any"`,
    "--outputs A,B": "serve these outputs only",
    "--columns A,B,C":
      "tabular: names of the columns in order, taken as they are; or a file of them (.txt: one on each line; .json; .csv: its head)",
    "--missing A,B":
      "tabular: columns that may be missing; all, or none; default: those that the graph has something for",
    "--label-output A": "tabular: the output that is the class",
    "--probabilities-output B": "tabular: the output that says how probable the classes are",
    "--labels A,B,C": `names of the classes in order; or a file (.txt; .json). text-match: .json of [{"id", "question", "answer"}]`,
    "--pixels RANGE": "images: 0..255, 0..1, -1..1 or imagenet (mean and std)",
    "--size N": "images: side, or WIDTHxHEIGHT for detection, where the graph leaves it open",
    "--resize N":
      "images: shorter side before the middle is cut out; detection: letterbox or stretch",
    "--activation NAME":
      "images: softmax, or none when outputs are probabilities; detection: sigmoid as well",
    "--dimensions A=1..512": "tensor: sizes that open dimensions may have; A=1..9,B=2..8",
    "--max-batch-size N": "most rows in one run; default: 32",
    "--provider NAME":
      "webgpu, cuda or tensorrt: measured beside the CPU, and written into the manifest if worth it",
    "--example FILE": "try it with this input: .json, or an image",
    "--description TEXT": "for the manifest",
    "--license SPDX": "for the manifest",
    "--dry-run": "do everything but write",
    "--force": `write it though "models check" would find it bad`,
    "--yes": "ask nothing",
    "--json": "one object on stdout",
    MODELS_DIR,
  },
  examples: [
    "models add iris.onnx --name iris --columns iris.csv",
    "models add net.onnx --name birds --labels birds.txt --pixels imagenet",
    "models add tokens.onnx --name tokens --dry-run",
  ],
  async run(given, shell) {
    const added = await add(given, shell);
    show(addedJson(added), addedLines(added), given, shell);
    return 0;
  },
};

async function add({ words: [path = ""], flags }: Arguments, shell: Shell): Promise<Added> {
  const gpu = await gpuFor(String(flags["provider"] ?? "cpu"));
  const url = gatewayUrl(undefined, shell);
  const isAsked = shell.input.isTTY && shell.notes.isTTY && flags["yes"] !== true;
  const questions = new Questions(flags, isAsked ? shell : null);
  const folder = isFolder(path) ? readHubFolder(path, questions.said("graph")) : undefined;
  const model = await readModel(folder?.graph ?? path);
  const tensors = rowTensorsOf(model, questions.said("outputs")?.split(","));
  const models = modelsFolderOf(shell);
  const name = await nameFor(path, questions);
  const asked = questions.said("version");
  const version =
    asked === undefined ? nextVersion(models, name) : freeVersion(models, name, asked);
  const plan = await (folder === undefined
    ? planVersion(model, tensors, questions)
    : planFolder(folder, model, tensors, questions));
  const identity = {
    name,
    version,
    sha256: await sha256OfFile(model.path),
    schema: schemaFrom(models),
  };
  const { json, manifest } = manifestOf(plan, model, identity, questions);
  const isForced = flags["force"] === true;
  const ofGraph = graphFindings(model, manifest);
  refuseBad(ofGraph, isForced);
  const examples = examplesFor(manifest, questions, join(shell.root, PHOTOS));
  const isDry = flags["dry-run"] === true;

  await using draft = await Draft.begin(models, !isDry);
  await draft.copy(model.path, manifest.file.path);
  await draft.write("manifest.json", `${JSON.stringify(json, null, 2)}\n`);
  for (const [file, content] of plan.files) await draft.write(file, content);
  shell.notes.write(`trying ${name}@${version} ...\n`);
  const tried = await tryExamples(draft.folder, manifest, examples);
  const findings = [...ofGraph, ...tried.findings];
  refuseBad(findings, isForced);
  await writeGoldens(draft, tried);
  if (gpu !== undefined) {
    const onStep = (step: string): void => void shell.notes.write(`on ${gpu.provider}: ${step}\n`);
    const providers = await providersOf(draft.folder, manifest, { gpu, onStep });
    const text = JSON.stringify({ ...json, execution_providers: providers }, null, 2);
    await draft.write("manifest.json", `${text}\n`);
    shell.notes.write(`execution_providers: ${JSON.stringify(providers)}\n`);
  }
  await draft.write("card.md", cardOf(model, manifest));
  const place = isDry ? null : await draft.putInPlace(name, version);
  const defaultVersion = isDry ? version : defaultOf(models, name);
  return {
    manifest,
    plan,
    ...tried.observed[0],
    findings,
    isInCompany: tried.observed.length > 1,
    assumed: questions.assumed,
    folder: place,
    url,
    keyOption: keyOption(url, shell),
    defaultVersion,
  };
}

/** Where photographs to try image models with are, in the clone. */
const PHOTOS = "models/image-classification/photos";

async function nameFor(path: string, questions: Questions): Promise<string> {
  const stem = basename(resolve(path), ".onnx")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  const suggestion = nameSchema.safeParse(stem.replaceAll(/^-|-$/g, "")).data;
  return questions.ask({
    flag: "name",
    text: "What is the model called? Lower-case letters, digits and dashes.",
    ...(suggestion === undefined || !questions.isAsking ? {} : { byDefault: suggestion }),
    fault: (answer) => nameSchema.safeParse(answer).error?.issues[0]?.message,
  });
}

/** `../../manifest.schema.json`, where the models' folder has one. */
function schemaFrom(models: string): string | undefined {
  return existsSync(join(models, "manifest.schema.json"))
    ? "../../manifest.schema.json"
    : undefined;
}

function examplesFor(manifest: Manifest, questions: Questions, photos: string): Examples {
  const given = questions.said("example");
  const isGiven = given !== undefined;
  const example = isGiven
    ? givenExample(given, manifest)
    : madeUpExample(manifest, join(photos, "cat.jpg"));
  return { example, isGiven, companion: companionOf(example, manifest, photos) };
}
