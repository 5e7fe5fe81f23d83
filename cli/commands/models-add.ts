import { join } from "node:path";
import { addVersion } from "../models/add/add-version.ts";
import { defaultOf } from "../models/add/folder.ts";
import { keySource } from "../http/key.ts";
import { gatewayUrl } from "../http/url.ts";
import { addedJson, addedLines, type Added } from "../models/add/report.ts";
import { gpuFor } from "../models/gpu.ts";
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
    "--unbatched": "run rows one by one: for a graph without a batch, or fixed to one row",
    "--plain-outputs": "serve a copy whose maps and sequences are tensors (ZipMap)",
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
  },
};

async function add({ words: [path = ""], flags }: Arguments, shell: Shell): Promise<Added> {
  const gpu = await gpuFor(String(flags["provider"] ?? "cpu"));
  const url = gatewayUrl(undefined, shell);
  const isAsked = shell.input.isTTY && shell.notes.isTTY && flags["yes"] !== true;
  const questions = new Questions(flags, isAsked ? shell : null);
  const models = modelsFolderOf(shell);
  const made = await addVersion(path, questions, {
    models,
    photos: join(shell.root, PHOTOS),
    isForced: flags["force"] === true,
    isDry: flags["dry-run"] === true,
    ...(gpu === undefined ? {} : { gpu }),
    onStep: (step) => shell.notes.write(`${step}\n`),
  });
  const { manifest, observed } = made;
  return {
    ...made,
    ...observed[0],
    isInCompany: observed.length > 1,
    assumed: questions.assumed,
    url,
    key: keySource(url, shell),
    defaultVersion: made.folder === null ? manifest.version : defaultOf(models, manifest.name),
  };
}

/** Where photographs to try image models with are, in the clone. */
const PHOTOS = "models/image-classification/photos";
