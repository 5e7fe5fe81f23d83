import { z } from "zod";
import { labelsSchema } from "../labels.ts";
import { EXECUTION_PROVIDERS } from "../execution-providers.ts";
import { refuseTwins, type Report } from "./pipelines/definition.ts";
import { fileName } from "./pipelines/members.ts";
import { pipelineOf, pipelines, pipelineSettings } from "./pipelines.ts";
import { isFetchable } from "./source-url.ts";
import { dimensionNames, hasBatch } from "./tensor/dimensions.ts";
import {
  BATCH,
  dimensionRange,
  inputSchema,
  missingFault,
  tensorSchema,
} from "./tensor/settings.ts";
import type { PipelineContract } from "./pipelines/contract.ts";

/**
 * A model version's manifest (`models/<name>/<version>/manifest.json`): the one description of what
 * a version takes, gives, and needs. Units: bytes, ms, rows.
 */

/** What is said to a name that is none. */
export const NAME_RULE =
  "must be 1 to 64 lower-case letters, digits and dashes, with a letter or digit at the ends";

/** A model's name. */
export const nameSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, NAME_RULE);

/** onnxruntime-node tells NVIDIA's two a device, and nothing else; WebGPU chooses by itself. */
const executionProvider = z.union([
  z.enum(EXECUTION_PROVIDERS),
  z.strictObject({
    name: z.enum(["cuda", "tensorrt"]),
    device_id: z.int().min(0).optional().describe("The only device it may run on."),
  }),
]);

/** A file beside the manifest, which is the one with this size and digest or none. */
const fileMembers = {
  path: fileName,
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  source: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Where `scoreline models pull` fetches it: https, or http on this machine."),
};

/** Each member by itself. */
const manifestMembers = z.strictObject({
  $schema: z.string().optional(),
  name: nameSchema,
  version: z.int().positive(),
  description: z.string().default(""),
  license: z.string().optional(),
  tags: labelsSchema.default({}).describe("What `GET /v1/models?tag=` finds it by."),
  properties: labelsSchema.default({}).describe("What else there is to say of it."),
  file: z.strictObject({
    ...fileMembers,
    weights: z
      .array(z.strictObject(fileMembers))
      .default([])
      .describe("Files that hold weights of the graph, by the names that the graph has for them."),
  }),
  unbatched: z
    .boolean()
    .default(false)
    .describe("Tensors have no batch dimension: every row is a run of its own."),
  inputs: z.array(inputSchema).min(1),
  outputs: z.array(tensorSchema).min(1),
  dimensions: z
    .record(z.string(), dimensionRange)
    .default({})
    .describe("Sizes that named dimensions of the inputs may have."),
  pipeline: pipelineSettings,
  batching: z
    .strictObject({
      max_batch_size: z.int().min(1).max(1024).default(32),
      max_queue_delay_ms: z.int().min(0).max(1000).default(0),
    })
    .default({ max_batch_size: 32, max_queue_delay_ms: 0 }),
  execution_providers: z
    .array(executionProvider)
    .min(1)
    .default(["cpu"])
    .describe("In order: a worker takes the first that it offers."),
  run_timeout_ms: z
    .int()
    .min(1)
    .default(30_000)
    .describe("A run that takes longer is killed, and its jobs are run again alone."),
  warmup: z
    .strictObject({ batch_sizes: z.array(z.int().positive()) })
    .default({ batch_sizes: [1] }),
  preload: z.boolean().default(false).describe("Load at start, before the worker is ready."),
});

/** A manifest whose members are right by themselves and fit each other. */
export const manifestSchema = manifestMembers.superRefine(checkManifest);

export type Manifest = z.infer<typeof manifestMembers>;
/** A file of a version: the graph's, or one with weights of it. */
export type ModelFile = Omit<Manifest["file"], "weights">;
/** One of `execution_providers`. */
export type ExecutionProviderSettings = z.infer<typeof executionProvider>;

function checkManifest(manifest: Manifest, context: z.RefinementCtx): void {
  const report: Report = (path, message) => {
    context.addIssue({ code: "custom", path: [...path], message });
  };
  for (const side of ["inputs", "outputs"] as const) {
    refuseTwins(manifest[side], [side], report);
  }
  checkFiles(manifest, report);
  checkBatch(manifest, report);
  checkDimensions(manifest, report);
  checkMissing(manifest, report);
  checkPipeline(manifest, (path, message) => report(["pipeline", ...path], message));
}

function checkFiles(manifest: Manifest, report: Report): void {
  const files = filesOf(manifest);
  const names = ["manifest.json", ...files.map(({ path }) => path)];
  for (const [i, { path, source }] of files.entries()) {
    const at = i === 0 ? ["file"] : ["file", "weights", i - 1];
    if (source !== undefined && !isFetchable(new URL(source))) {
      report([...at, "source"], "must be https, or http on the loopback address");
    }
    if (names.indexOf(path) <= i) report([...at, "path"], "is the name of another file");
  }
}

/** The batch is the first dimension of every tensor, or of none. */
function checkBatch({ unbatched, batching, warmup, ...tensors }: Manifest, report: Report): void {
  const odd = unbatched
    ? `is "${BATCH}", which tensors of a version that is \`unbatched\` do not have`
    : `must be "${BATCH}", unless the version is \`unbatched\``;
  for (const side of ["inputs", "outputs"] as const) {
    for (const [i, tensor] of tensors[side].entries()) {
      if (hasBatch(tensor) === unbatched) report([side, i, "shape", 0], odd);
    }
  }
  if (!unbatched) return;
  const alone = "for a version that is `unbatched`: rows are not put together";
  if (batching.max_batch_size !== 1) report(["batching", "max_batch_size"], `must be 1 ${alone}`);
  if (batching.max_queue_delay_ms !== 0) {
    report(["batching", "max_queue_delay_ms"], `must be 0 ${alone}`);
  }
  const several = warmup.batch_sizes.findIndex((size) => size !== 1);
  if (several !== -1) report(["warmup", "batch_sizes", several], `must be 1 ${alone}`);
}

function checkDimensions({ inputs, dimensions }: Manifest, report: Report): void {
  const names = dimensionNames(inputs);
  for (const [name, { min, max }] of Object.entries(dimensions)) {
    if (!names.includes(name)) report(["dimensions", name], "is not a dimension of the inputs");
    if (max !== undefined && max < min) report(["dimensions", name, "max"], "is less than `min`");
  }
}

function checkMissing({ inputs, pipeline }: Manifest, report: Report): void {
  for (const [i, { missing, dtype }] of inputs.entries()) {
    if (missing === undefined) continue;
    const fault =
      pipelineOf(pipeline).hasGaps === true
        ? missingFault(missing, dtype)
        : "is for the pipeline `tensor`; each column of `tabular` has its own";
    if (fault !== undefined) report(["inputs", i, "missing"], fault);
  }
}

function checkPipeline(manifest: Manifest, report: Report): void {
  const { pipeline, inputs, outputs } = manifest;
  const definition = pipelineOf(pipeline);
  const [varying] = dimensionNames([...inputs, ...outputs]);
  if (varying === undefined || definition.isVarying === true)
    definition.check?.(pipeline, report, manifest);
  else report([], `cannot have "${varying}" vary; these pipelines can: ${VARYING.join(", ")}`);
}

const VARYING = Object.entries(pipelines).flatMap(([type, one]) =>
  one.isVarying === true ? [type] : [],
);

/** The graph's file first, then those with its weights. */
export function filesOf({ file }: Pick<Manifest, "file">): readonly ModelFile[] {
  return [file, ...file.weights];
}

/** Of the graph and its weights together. */
export function modelBytes(manifest: Pick<Manifest, "file">): number {
  return filesOf(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What the model of this manifest takes and gives. */
export function contractOf(manifest: Manifest): PipelineContract {
  return pipelineOf(manifest.pipeline).contract(manifest.pipeline, manifest);
}

/** Most rows that have a run in common. */
export function runRowsOf({ pipeline, batching }: Manifest): number {
  return pipelineOf(pipeline).runsAlone?.(pipeline) === true ? 1 : batching.max_batch_size;
}

/** JSON Schemas (2020-12) of one input, one output and the parameters, as clients send and get them. */
export function publishSchemas(contract: PipelineContract) {
  return {
    input: z.toJSONSchema(contract.input, { io: "input" }),
    output: z.toJSONSchema(contract.output),
    parameters: z.toJSONSchema(contract.parameters, { io: "input" }),
  };
}
