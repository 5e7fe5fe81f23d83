import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Device } from "../../../shared/device.ts";
import { nameSchema, type Manifest } from "../../../shared/model/manifest.ts";
import { deviceText } from "../../../worker/score/devices.ts";
import { RunnerProcess } from "../../../worker/score/runner-process.ts";
import { commandHost } from "../command-host.ts";
import { observe, type Observation } from "../check/observe.ts";
import type { Finding } from "../check/finding.ts";
import { isFolder, readHubFolder } from "../hub/hub-folder.ts";
import { readModel } from "../onnx/read-model.ts";
import { sha256OfFile } from "../sha256.ts";
import type { Questions } from "../../terminal/questions.ts";
import { cardOf } from "./card.ts";
import { companionOf, givenExample, madeUpExample } from "./example.ts";
import { Draft, freeVersion, nextVersion } from "./folder.ts";
import { graphFindings, refuseBad } from "./graph-findings.ts";
import type { Observed } from "./golden.ts";
import { providersOf } from "./on-gpu.ts";
import { plainCopy, type PlainCopy } from "./plain-copy.ts";
import type { Plan } from "./plan.ts";
import { planFolder } from "./plan-folder.ts";
import { manifestOf, planVersion } from "./plan-version.ts";
import { rangesIn } from "./ranges.ts";
import { batchReason, rowTensorsOf, UNBATCHED_COST, type RowTensors } from "./servable.ts";
import { tryExamples, writeGoldens, type Examples } from "./try-examples.ts";
import { weightFiles, weightsBeside } from "./weights.ts";

/** Where and how a version is made. */
export interface Making {
  /** The folder of models. */
  readonly models: string;
  /** Of photographs to try image models with. */
  readonly photos: string;
  /** Whether it is written though it would be found bad. */
  readonly isForced: boolean;
  /** Whether nothing is written. */
  readonly isDry: boolean;
  /** Where it is tried as well; without one, on the CPU alone. */
  readonly gpu?: Device;
  /** Told before what may take a while. */
  readonly onStep: (step: string) => void;
  /** Runs the graph; another takes its place if it dies. Without one, it is made and ended here. */
  readonly runner?: RunnerProcess;
}

/** What came of it. */
export interface Made {
  readonly manifest: Manifest;
  readonly plan: Plan;
  readonly observed: readonly [Observed, ...Observed[]];
  readonly findings: readonly Finding[];
  /** What was done to the file. */
  readonly notes: readonly string[];
  /** Null when nothing was written. */
  readonly folder: string | null;
}

/**
 * Makes a version of an ONNX file: looks, asks, runs, writes.
 *
 * @throws {CommandError} when it cannot be served, with what mends it
 * @throws {UsageError} naming the option that is wrong or missing
 */
export async function addVersion(
  path: string,
  questions: Questions,
  making: Making,
): Promise<Made> {
  const runners = new Runners(making.runner);
  try {
    return await addWith(runners, { path, questions, making });
  } finally {
    await runners.end();
  }
}

/** A runner, and another where the last one died. */
class Runners {
  readonly #given: RunnerProcess | undefined;
  readonly #own: RunnerProcess[] = [];

  constructor(given: RunnerProcess | undefined) {
    this.#given = given;
  }

  get runner(): RunnerProcess {
    const last = this.#own.at(-1) ?? this.#given;
    if (last?.isDead === false) return last;
    const runner = new RunnerProcess(commandHost());
    this.#own.push(runner);
    return runner;
  }

  async end(): Promise<void> {
    for (const runner of this.#own) {
      runner.kill();
      await runner.gone;
    }
  }
}

interface Adding {
  readonly path: string;
  readonly questions: Questions;
  readonly making: Making;
}

async function addWith(runners: Runners, { path, questions, making }: Adding): Promise<Made> {
  const { models, isForced, isDry, onStep } = making;
  const hub = isFolder(path) ? readHubFolder(path, questions.said("graph")) : undefined;
  const file = await readModel(hub?.graph ?? path);
  const weights = weightsBeside(file);
  const chosen = questions.said("outputs")?.split(",");
  const name = await nameFor(path, questions);
  const asked = questions.said("version");
  const version =
    asked === undefined ? nextVersion(models, name) : freeVersion(models, name, asked);
  await using copy = await plainCopy(file, { chosen, questions, prober: runners.runner });
  const seen = await seenOf(copy, runners, questions);
  const tensors = await tensorsOf(seen, copy, questions);
  const plan = await (hub === undefined
    ? planVersion(seen.model, tensors, questions)
    : planFolder(hub, seen.model, tensors, questions));
  const { manifest, json } = manifestOf(
    plan,
    seen.model,
    {
      name,
      version,
      file: {
        bytes: copy.model.bytes,
        sha256: await sha256OfFile(copy.model.path),
        weights: await weightFiles(file, weights),
      },
      rows: tensors.rows,
      isCold: !seen.hasRun && questions.said("example") !== undefined,
      schema: schemaFrom(models),
    },
    questions,
  );
  const ofGraph = graphFindings(seen.model, manifest, seen.apart);
  refuseBad(ofGraph, isForced);
  const examples = examplesFor(manifest, questions, making.photos);

  await using draft = await Draft.begin(models, !isDry);
  await draft.copy(copy.model.path, manifest.file.path);
  for (const one of weights) await draft.copy(join(dirname(file.path), one), one);
  await draft.write("manifest.json", `${JSON.stringify(json, null, 2)}\n`);
  for (const [own, content] of plan.files) await draft.write(own, content);
  onStep(`trying ${name}@${version} ...`);
  const { observed, findings } = await tryExamples(
    draft.folder,
    manifest,
    examples,
    runners.runner,
  );
  refuseBad(findings, isForced);
  await writeGoldens(draft, { observed, findings });
  const { gpu } = making;
  if (gpu !== undefined) {
    onStep(`trying ${name}@${version} on ${deviceText(gpu)}, by ${gpu.provider} ...`);
    const providers = await providersOf(draft.folder, manifest, { gpu, onStep });
    const text = JSON.stringify({ ...json, execution_providers: providers }, null, 2);
    await draft.write("manifest.json", `${text}\n`);
    onStep(`execution_providers: ${JSON.stringify(providers)}`);
  }
  await draft.write("card.md", cardOf(file, manifest, copy.notes));
  const folder = isDry ? null : await draft.putInPlace(name, version);
  return {
    manifest,
    plan,
    observed,
    findings: [...ofGraph, ...findings],
    notes: copy.notes,
    folder,
  };
}

/** The graph with the shapes that it was seen to give. */
async function seenOf(
  { model, chosen }: PlainCopy,
  runners: Runners,
  questions: Questions,
): Promise<Observation> {
  const served = chosen ?? model.graph.outputs.map(({ name }) => name);
  const ranges = rangesIn(questions.said("dimensions") ?? "");
  return observe(runners.runner, model, { served, ranges });
}

async function tensorsOf(
  { model, apart }: Observation,
  { chosen }: PlainCopy,
  questions: Questions,
): Promise<RowTensors> {
  const serving = { chosen, apart };
  const reason = batchReason(model, serving);
  const isAsked = reason !== undefined || questions.isOn("unbatched");
  const text = `${reason}\n\n${UNBATCHED_COST}\nAdd it so?`;
  const isUnbatched = isAsked && (await questions.agrees("unbatched", text));
  return rowTensorsOf(model, { ...serving, isUnbatched });
}

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
