import { CommandError, UsageError } from "../../terminal/command.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import type { Questions } from "../../terminal/questions.ts";
import { manifestSchema, type Manifest } from "../../../shared/model/manifest.ts";
import type { PipelineType } from "../../../shared/model/pipelines.ts";
import { guessPipeline } from "./guess.ts";
import { planDetector } from "./plan-detector.ts";
import { planImage } from "./plan-image.ts";
import { planTensors, planText } from "./plan-rest.ts";
import { planTable } from "./plan-table.ts";
import { tensorSettings, type Plan, type Planner } from "./plan.ts";
import type { RowsOfRun, RowTensors } from "./servable.ts";
import { GRAPH_FILE } from "./weights.ts";

/** What a version is besides its pipeline. */
export interface Identity {
  readonly name: string;
  readonly version: number;
  readonly file: Omit<Manifest["file"], "path">;
  readonly rows: RowsOfRun;
  /** Whether blank rows are no input of it, so that it cannot be warmed up. */
  readonly isCold: boolean;
  /** From the version's folder to `manifest.schema.json`; undefined where there is none. */
  readonly schema: string | undefined;
}

/** Guesses the pipeline, unless `--pipeline` says it, and asks for what the graph does not say. */
export const planVersion: Planner = async (model, tensors, questions) =>
  plannerFor(model, tensors, questions)(model, tensors, questions);

/** Of the pipelines that a graph tells enough about; `script` is written by hand. */
const PLANNERS = {
  tabular: planTable,
  "image-classification": planImage,
  "object-detection": planDetector,
  "text-match": planText,
  tensor: planTensors,
} as const satisfies Partial<Record<PipelineType, Planner>>;

function plannerFor(model: OnnxModel, tensors: RowTensors, questions: Questions): Planner {
  const said = questions.said("pipeline");
  if (said === undefined) {
    const guess = guessPipeline(model, tensors);
    questions.tell(`${model.path} looks like ${guess}; --pipeline says otherwise.`);
    return PLANNERS[guess];
  }
  if (tensors.rows === "none" && said !== "tensor" && said !== "script") {
    throw new UsageError(`--pipeline ${said}: without a batch, a version is a tensor one`);
  }
  const planner = new Map<string, Planner>(Object.entries(PLANNERS)).get(said);
  if (planner !== undefined) return planner;
  const note = said === "script" ? "; a scoring script is written by hand: docs/models.md" : "";
  const known = Object.keys(PLANNERS).join(", ");
  throw new UsageError(`--pipeline ${said}: is not one of ${known}${note}`);
}

/**
 * The manifest, as it is written and as it is read.
 *
 * @throws {CommandError} with every fault, when the plan makes no manifest
 */
export function manifestOf(
  plan: Plan,
  model: OnnxModel,
  identity: Identity,
  questions: Questions,
): { readonly json: object; readonly manifest: Manifest } {
  const { name, version, file, rows, isCold, schema } = identity;
  const license = questions.said("license");
  const json = {
    ...(schema === undefined ? {} : { $schema: schema }),
    name,
    version,
    description: questions.said("description") ?? "",
    ...(license === undefined ? {} : { license }),
    file: { path: GRAPH_FILE, ...file },
    ...(rows === "none" ? { unbatched: true } : {}),
    inputs: tensorSettings(plan.inputs, rows),
    outputs: tensorSettings(plan.outputs, rows),
    ...(Object.keys(plan.dimensions ?? {}).length > 0 ? { dimensions: plan.dimensions } : {}),
    pipeline: plan.pipeline,
    batching: { max_batch_size: batchSizeOf(plan, questions, rows) },
    ...(isCold ? { warmup: { batch_sizes: [] } } : {}),
  };
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return { json, manifest: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  throw new CommandError(
    `${model.path} gives no manifest that can be served\n${faults.join("\n")}`,
  );
}

function batchSizeOf({ batchSize = 32 }: Plan, questions: Questions, rows: RowsOfRun): number {
  const said = questions.said("max-batch-size") ?? (rows === "any" ? String(batchSize) : "1");
  if (rows !== "any" && said !== "1") {
    throw new UsageError(
      `--max-batch-size ${said}: rows of an unbatched version are run one by one`,
    );
  }
  if (/^[1-9]\d{0,3}$/.test(said) && Number(said) <= 1024) return Number(said);
  throw new UsageError(`--max-batch-size ${said}: is not a number of rows from 1 to 1,024`);
}
