import { CommandError, UsageError } from "../../terminal/command.ts";
import type { OnnxModel } from "../onnx/graph.ts";
import type { Questions } from "../../terminal/questions.ts";
import { manifestSchema } from "../../../shared/model/manifest-schema.ts";
import type { Manifest } from "../../../shared/model/manifest.ts";
import { guessPipeline, PIPELINES, type PipelineName } from "./guess.ts";
import { planImage } from "./plan-image.ts";
import { planTensors, planText } from "./plan-rest.ts";
import { planTable } from "./plan-table.ts";
import { tensorSettings, type Plan } from "./plan.ts";
import type { RowTensors } from "./servable.ts";

/** What a version is besides its pipeline. */
export interface Identity {
  readonly name: string;
  readonly version: number;
  readonly sha256: string;
  /** From the version's folder to `manifest.schema.json`; undefined where there is none. */
  readonly schema: string | undefined;
}

/**
 * Guesses the pipeline, unless `--pipeline` says it, and asks for what the graph does not say.
 *
 * @throws {CommandError} when the graph does not fit the pipeline
 */
export async function planVersion(
  model: OnnxModel,
  tensors: RowTensors,
  questions: Questions,
): Promise<Plan> {
  switch (pipelineFor(model, tensors, questions)) {
    case "tabular":
      return planTable(model, tensors, questions);
    case "image-classification":
      return planImage(model, tensors, questions);
    case "text-match":
      return planText(tensors, questions);
    case "tensor":
      return planTensors(tensors, questions);
  }
}

function pipelineFor(model: OnnxModel, tensors: RowTensors, questions: Questions): PipelineName {
  const said = questions.said("pipeline");
  if (said === undefined) {
    const guess = guessPipeline(model, tensors);
    questions.tell(`${model.path} looks like ${guess}; --pipeline says otherwise.`);
    return guess;
  }
  const known = PIPELINES.find((name) => name === said);
  if (known !== undefined) return known;
  const note = said === "script" ? "; a scoring script is written by hand: docs/models.md" : "";
  throw new UsageError(`--pipeline ${said}: is none of ${PIPELINES.join(", ")}${note}`);
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
  const { name, version, sha256, schema } = identity;
  const license = questions.said("license");
  const json = {
    ...(schema === undefined ? {} : { $schema: schema }),
    name,
    version,
    description: questions.said("description") ?? "",
    ...(license === undefined ? {} : { license }),
    file: { path: "model.onnx", bytes: model.bytes, sha256 },
    inputs: tensorSettings(plan.inputs),
    outputs: tensorSettings(plan.outputs),
    ...(Object.keys(plan.dimensions ?? {}).length > 0 ? { dimensions: plan.dimensions } : {}),
    pipeline: plan.pipeline,
    batching: { max_batch_size: batchSizeOf(questions) },
  };
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return { json, manifest: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  throw new CommandError(
    `${model.path} makes no manifest that can be served\n${faults.join("\n")}`,
  );
}

function batchSizeOf(questions: Questions): number {
  const said = questions.said("max-batch-size") ?? "32";
  if (/^[1-9]\d{0,3}$/.test(said) && Number(said) <= 1024) return Number(said);
  throw new UsageError(`--max-batch-size ${said}: is no number of rows from 1 to 1,024`);
}
