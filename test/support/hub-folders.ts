import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/** A version that `models add` would make of a folder, loaded in this process. */
export class AddedFolder {
  readonly manifest: Manifest;
  readonly folder: string;
  readonly #model: LoadedModel;

  private constructor(manifest: Manifest, folder: string, model: LoadedModel) {
    this.manifest = manifest;
    this.folder = folder;
    this.#model = model;
  }

  /**
   * @param path of the folder @param flags of the command
   * @param changes of the member `pipeline`
   */
  static async add(
    path: string,
    flags: Readonly<Record<string, string>> = {},
    changes: object = {},
  ): Promise<AddedFolder> {
    const questions = new Questions(flags, null);
    const hub = readHubFolder(path, flags["graph"]);
    const model = await readModel(hub.graph);
    const plan = await planFolder(hub, model, rowTensorsOf(model), questions);
    const identity = {
      name: "tiny",
      version: 1,
      sha256: await sha256OfFile(hub.graph),
      schema: undefined,
    };
    const changed = { ...plan, pipeline: { ...plan.pipeline, ...changes } };
    const { json, manifest } = manifestOf(changed, model, identity, questions);
    const folder = mkdtempSync(join(tmpdir(), "scoreline-hub-"));
    copyFileSync(hub.graph, join(folder, manifest.file.path));
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(json));
    for (const [file, content] of plan.files) writeFileSync(join(folder, file), content);
    const sessions = new Sessions();
    const loaded = await sessions.load(folder);
    if (loaded.type !== "loaded") throw new Error(JSON.stringify(loaded));
    return new AddedFolder(manifest, folder, await sessions.get(folder));
  }

  /** All of them in one tensor batch. */
  async run(cases: readonly Omit<FolderCase, "output">[]): Promise<BatchOutcome> {
    const contract = contractOf(this.manifest);
    const rows = cases.map(({ input }) => contract.input.parse(input));
    const parameters = cases.map((one) => contract.parameters.parse(one.parameters));
    return runBatch(this.#model, rows, parameters);
  }
}
