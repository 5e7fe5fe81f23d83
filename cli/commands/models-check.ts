import { checkFile, checkVersion, faultyReport } from "../models/check/check-version.ts";
import { reportJson } from "../models/check/report-json.ts";
import { reportLines } from "../models/check/report-lines.ts";
import { isBad, type Report } from "../models/check/report.ts";
import type { TryOptions } from "../models/check/run-goldens.ts";
import { gpuFor } from "../models/gpu.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { StatusLine } from "../terminal/live-line.ts";
import { UsageError, type Arguments, type Command, type Shell } from "../terminal/command.ts";
import { modelsFolderOf } from "../start/folders.ts";
import { MODELS_DIR, readAllModels } from "../models/models-folder.ts";

const SECONDS_MAX = 60;

/** `models check`: what is wrong with a graph, and how fast it is. */
export const modelsCheck: Command = {
  name: "models check",
  usage: "[NAME[@VERSION]|FILE.onnx]...",
  summary: "Lints models, runs their goldens, measures rows per second.",
  about: `Looks for what exporters get wrong: map and sequence outputs, no batch
dimension, int8 layers that run in float32, operator sets, external data,
tokenizers that split text differently from scikit-learn. Runs golden.json: each
row alone, compared with its expected output, and in mixed batches, compared
with its own output alone. Then times batches of 1, 2, 4, ... rows in a runner
and proposes the smallest max_batch_size within 5 % of the best rows per second
whose batch takes at most a tenth of run_timeout_ms. With --provider, all that
runs on a GPU, its times stand beside those of one core, and it says which of
both to take and how many nodes of the graph the GPU has.

A finding is bad (it cannot be served, or its answers are wrong; the exit code
is 1) or a note, and says how to fix it. A bare name means the default version,
no name all versions; for a bare .onnx file, only the graph is checked.`,
  options: {
    "--seconds S": { help: "time for each batch size", default: "1" },
    "--no-measure": "leave the times out",
    "--provider NAME": {
      help: "what to run on: cpu, webgpu, cuda or tensorrt; a GPU is measured beside the CPU",
      default: "cpu",
    },
    "--json": "an array of objects; progress goes to stderr",
    MODELS_DIR,
  },
  examples: [
    "models check",
    "models check wine image-classification@2 --seconds 3",
    "models check image-classification --provider webgpu",
    "models check exported.onnx",
  ],
  async run({ words, flags }, shell): Promise<number> {
    const secondsEach = secondsOf(flags);
    const gpu = await gpuFor(String(flags["provider"]));
    const reports: Report[] = [];
    const isJson = flags["json"] === true;
    const status = new StatusLine(shell.notes);
    for (const check of checksOf(words, shell)) {
      const onStep = (step: string): void => status.show(step);
      const report = await check({ secondsEach, gpu, onStep }).finally(() => status.clear());
      reports.push(report);
      if (isJson) continue;
      if (reports.length > 1) shell.print("");
      for (const line of reportLines(report)) shell.print(line);
    }
    if (isJson) shell.print(JSON.stringify(reports.map(reportJson), null, 2));
    return reports.some(isBad) ? 1 : 0;
  },
};

type Check = (options: TryOptions) => Promise<Report>;

/** What is to be checked, each still to be begun. */
function checksOf(words: readonly string[], shell: Shell): readonly Check[] {
  const isFile = (word: string): boolean => word.endsWith(".onnx");
  const ofFile = (path: string): Check => {
    return async () => checkFile(path);
  };
  if (words.length > 0 && words.every(isFile)) return words.map(ofFile);
  const { registry, faulty, strayFaults } = readAllModels(shell);
  const ofVersion = (version: ModelVersion): Check => {
    return async ({ onStep, ...options }) =>
      checkVersion(version, { ...options, onStep: (step) => onStep(`${version.id}: ${step}`) });
  };
  const ofFaults = (id: string, faults: readonly string[]): Check => {
    return async () => Promise.resolve(faultyReport(id, faults));
  };
  if (words.length === 0) {
    const stray = strayFaults.length > 0 ? [ofFaults(modelsFolderOf(shell), strayFaults)] : [];
    const held = faulty.map(({ id, faults }) => ofFaults(id, faults));
    return [...registry.versions.map(ofVersion), ...held, ...stray];
  }
  return words.map((word) => {
    if (isFile(word)) return ofFile(word);
    const named = faulty.find(
      ({ id, name }) => id === word || (name === word && registry.defaultOf(name) === undefined),
    );
    return named ? ofFaults(named.id, named.faults) : ofVersion(registry.resolve(word));
  });
}

function secondsOf(flags: Arguments["flags"]): number {
  if (flags["no-measure"] === true) return 0;
  const seconds = Number(flags["seconds"]);
  if (seconds > 0 && seconds <= SECONDS_MAX) return seconds;
  throw new UsageError(`--seconds is more than 0 and at most ${SECONDS_MAX}`);
}
