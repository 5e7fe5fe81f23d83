import { z } from "zod";
import { labelsSchema } from "../../shared/labels.ts";
import { EXECUTION_PROVIDERS } from "../../shared/execution-providers.ts";
import { pipelines } from "../../shared/model/pipelines.ts";
import { listSchema, timeSchema } from "../http/answer-schemas.ts";

const jsonSchema = z.record(z.string(), z.unknown()).describe("JSON Schema (2020-12).");

const briefMembers = {
  id: z.string().describe("`name@version`"),
  name: z.string(),
  version: z.int().min(1),
  description: z.string(),
  tags: labelsSchema,
  properties: labelsSchema,
  pipeline: z.enum(Object.keys(pipelines)),
  status: z
    .enum(["available", "unavailable", "not_pulled", "archived"])
    .describe(
      "`not_pulled`: fetch its file with `scoreline models pull`; `archived`: it takes no new jobs.",
    ),
  workers: z
    .strictObject({ ready: z.int().min(0), starting: z.int().min(0) })
    .describe("Workers that serve this version now."),
  runs_on: z
    .array(
      z.strictObject({
        provider: z.enum(EXECUTION_PROVIDERS),
        device: z.string().nullable().describe("The GPU, as its driver names it."),
        nodes: z
          .strictObject({ placed: z.int().min(0), all: z.int().min(0) })
          .nullable()
          .describe("Nodes of the graph that run on the GPU, of all; null on the CPU."),
        workers: z.int().min(1),
      }),
    )
    .describe(
      "What its sessions run on, as ONNX Runtime tells; empty until a worker has loaded it.",
    ),
};

const versionSchema = z.strictObject(briefMembers);

/** One version, without its schemas. */
export type ModelVersionBrief = z.infer<typeof versionSchema>;

/** Query of `GET /v1/models`. */
export const modelsQuerySchema = z.strictObject({
  tag: z
    .array(z.string().min(1))
    .default([])
    .describe("Only versions with this tag, `name` or `name=value`; several: with all of them."),
});

/** Every model name, with its versions. */
export const modelListSchema = listSchema(
  z.strictObject({
    name: z.string(),
    default_version: z.int().min(1).optional().describe("The version that the bare name means."),
    versions: z.array(versionSchema),
    url: z.string(),
  }),
);

export type ModelList = z.infer<typeof modelListSchema>;

/** What one version takes and gives. */
export const modelSchema = z.strictObject({
  object: z.literal("model"),
  ...briefMembers,
  license: z.string().nullable().describe("SPDX expression."),
  input_schema: jsonSchema,
  output_schema: jsonSchema,
  parameters_schema: jsonSchema,
  media_types: z.array(z.string()).describe("Content types of a create request."),
  limits: z.strictObject({
    rows_max: z.int().min(1).describe("Maximum rows per job."),
    body_bytes_max: z.int().min(1),
    run_timeout_ms: z.int().min(1),
  }),
  wait: z.strictObject({ default_s: z.number().min(0), max_s: z.number().min(0) }),
  urls: z.strictObject({ jobs: z.string() }),
});

export type Model = z.infer<typeof modelSchema>;

/** How a lane is doing. */
export const laneSchema = z.strictObject({
  load: z.int().describe("What KEDA scales on: `depth`, or 0 while the lane is paused."),
  depth: z.int().describe("Jobs, and items of batches, accepted and not ended."),
  waiting: z.int(),
  running: z.int(),
  oldest_age_ms: z.number().nullable(),
  arrival_rate: z.number().describe("Jobs per second."),
  end_rate: z.number().nullable().describe("Jobs per second, while there was work."),
  estimated_wait_ms: z
    .number()
    .nullable()
    .describe("How long a new job would wait; null where that is not known, as without workers."),
  paused: z
    .strictObject({ since: timeSchema, refuse: z.boolean() })
    .nullable()
    .describe(
      "Null unless an operator has paused the lane; `refuse`: it takes no new work either.",
    ),
});

export type LaneFigures = z.infer<typeof laneSchema>;

/** How the lanes of a version are doing. */
export const queueSchema = z.strictObject({
  object: z.literal("queue"),
  model: z.string(),
  workers: z.strictObject({ ready: z.int(), starting: z.int() }),
  recent: z
    .int()
    .min(0)
    .max(1)
    .describe("1 if work arrived within the last minute, else 0; a pool may go to zero at 0."),
  interactive: laneSchema,
  bulk: laneSchema,
});

export type ModelQueue = z.infer<typeof queueSchema>;
