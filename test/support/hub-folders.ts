import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { z } from "zod";
import { planFolder } from "../../cli/models/add/plan-folder.ts";
import { manifestOf } from "../../cli/models/add/plan-version.ts";
import { rowTensorsOf } from "../../cli/models/add/servable.ts";
import { readHubFolder } from "../../cli/models/hub/hub-folder.ts";
import { readModel } from "../../cli/models/onnx/read-model.ts";
import { sha256OfFile } from "../../cli/models/sha256.ts";
import { Questions } from "../../cli/terminal/questions.ts";
import { contractOf, type Manifest } from "../../shared/model/manifest.ts";
import { runBatch, type BatchOutcome } from "../../worker/runner/run-batch.ts";
import { Sessions, type LoadedModel } from "../../worker/runner/sessions.ts";

/** Tiny models as Hugging Face lays them out; `make.py` there makes them. */
export const FOLDERS = "test/fixtures/folders";

const caseSchema = z.object({
  input: z.unknown(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  output: z.unknown(),
});

/** An input, and what Python says of it. */
export type FolderCase = z.infer<typeof caseSchema>;

export function casesOf(name: string): readonly FolderCase[] {
  const text = readFileSync(join(FOLDERS, name, "answers.json"), "utf8");
  return z.array(caseSchema).parse(JSON.parse(text));
}

interface Added {
  /** Flags of the command. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Of the member `pipeline`. */
  readonly changes?: object;
}

/**
 * Writes version 1 of a model, as `models add` would make it of a folder, but for what it tries.
 *
 * @param path of the folder @param models where the model is put, under the folder's name
 */
export async function writeVersion(
  path: string,
  models: string,
  { flags = {}, changes = {} }: Added = {},
): Promise<{ readonly manifest: Manifest; readonly folder: string }> {
  const questions = new Questions(flags, null);
  const hub = readHubFolder(path, flags["graph"]);
  const model = await readModel(hub.graph);
  const plan = await planFolder(hub, model, rowTensorsOf(model), questions);
  const identity = {
    name: basename(path),
    version: 1,
    file: { bytes: model.bytes, sha256: await sha256OfFile(hub.graph), weights: [] },
    rows: "any" as const,
    isCold: false,
    schema: undefined,
  };
  const changed = { ...plan, pipeline: { ...plan.pipeline, ...changes } };
  const { json, manifest } = manifestOf(changed, model, identity, questions);
  const folder = join(models, identity.name, "1");
  mkdirSync(folder, { recursive: true });
  copyFileSync(hub.graph, join(folder, manifest.file.path));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(json));
  for (const [file, content] of plan.files) writeFileSync(join(folder, file), content);
  return { manifest, folder };
}

/** Such a version, loaded in this process. */
export class LoadedFolder implements Disposable {
  readonly manifest: Manifest;
  readonly #models: string;
  readonly #model: LoadedModel;

  private constructor(manifest: Manifest, models: string, model: LoadedModel) {
    this.manifest = manifest;
    this.#models = models;
    this.#model = model;
  }

  static async load(path: string, added: Added = {}): Promise<LoadedFolder> {
    const models = mkdtempSync(join(tmpdir(), "scoreline-hub-"));
    const { manifest, folder } = await writeVersion(path, models, added);
    const sessions = new Sessions();
    const loaded = await sessions.load(folder);
    if (loaded.type !== "loaded") throw new Error(JSON.stringify(loaded));
    return new LoadedFolder(manifest, models, await sessions.get(folder));
  }

  /** All of them in one tensor batch. */
  async run(cases: readonly Omit<FolderCase, "output">[]): Promise<BatchOutcome> {
    const contract = contractOf(this.manifest);
    const rows = cases.map(({ input }) => contract.input.parse(input));
    const parameters = cases.map((one) => contract.parameters.parse(one.parameters));
    return runBatch(this.#model, rows, parameters);
  }

  [Symbol.dispose](): void {
    rmSync(this.#models, { recursive: true });
  }
}
