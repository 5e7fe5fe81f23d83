import { z } from "zod";
import { dtypes } from "./tensor/element.ts";

/**
 * A model version's manifest (`models/<name>/<version>/manifest.json`): the one description of what
 * a version takes, gives, and needs. Units: bytes, ms, rows.
 */

/** A model's name. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, "must be lower-case letters, digits and dashes");

const fileName = z
  .string()
  .regex(/^[\w.-]+$/, "must be a file beside the manifest")
  .describe("A file beside the manifest.");

const notADimension = 'is neither a positive integer nor a name other than "batch"';
const dimension = z.union(
  [z.int().positive(notADimension), z.string().regex(/^(?!batch$).{1,100}$/, notADimension)],
  { error: notADimension },
);

const tensorSchema = z.strictObject({
  name: z.string().min(1),
  dtype: z.enum(dtypes),
  shape: z
    .tuple([z.literal("batch")], dimension)
    .describe(
      'Dimensions; the first is the batch dimension, named "batch". One that varies by row has a name; within a row, a name has one size.',
    ),
});

const dimensionRange = z.strictObject({
  min: z.int().positive().default(1).describe("Smallest size; also that of blank rows."),
  max: z.int().positive().optional().describe("Largest size."),
});

const channels = z.tuple([z.number(), z.number(), z.number()]);

const topKSchema = (most: number) =>
  z.strictObject({
    default: z.int().min(1).describe("Used when the request names none."),
    max: z.int().min(1).max(most),
  });

const imageClassification = z.strictObject({
  type: z.literal("image-classification"),
  labels: fileName.describe("JSON: an array of {label, wnid}, one per class, in order."),
  resize: z.int().positive().describe("The shorter side is resized to this many pixels."),
  crop: z.int().positive().describe("Then the centre square of this many pixels is taken."),
  kernel: z.enum(["cubic", "linear", "lanczos3", "nearest"]).default("cubic"),
  layout: z.enum(["nhwc", "nchw"]),
  scale: z.number().default(1).describe("value = (pixel * scale - mean) / std, per channel, RGB."),
  mean: channels.default([0, 0, 0]),
  std: channels.default([1, 1, 1]),
  activation: z.enum(["softmax", "none"]).describe("What turns the outputs into probabilities."),
  top_k: topKSchema(1000).default({ default: 5, max: 100 }),
});

const textMatch = z.strictObject({
  type: z.literal("text-match"),
  answers: fileName.describe("JSON: an array of {id, question, answer}, one per class, in order."),
  normalize: z.enum(["nfkc", "none"]).default("nfkc"),
  lowercase: z.boolean().default(true),
  subwords: z
    .strictObject({ min: z.int().min(1), max: z.int().min(1).max(10) })
    .nullable()
    .default(null)
    .describe("Lengths of the character n-grams that are added as words, or null."),
  max_characters: z.int().positive().max(100_000).default(2000),
  top_k: topKSchema(1000).default({ default: 3, max: 20 }),
  threshold: z
    .strictObject({ default: z.number().min(0).max(1) })
    .default({ default: 0 })
    .describe("Matches below this probability are left out."),
});

const tensor = z.strictObject({ type: z.literal("tensor") });

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const tabular = z.strictObject({
  type: z.literal("tabular"),
  columns: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        type: z.enum(["number", "integer", "string", "boolean"]),
        input: z.string().min(1).describe("The input tensor that it goes into."),
        position: z
          .int()
          .min(0)
          .optional()
          .describe("Its element in a row of that tensor; else columns go in as they are listed."),
        default: scalar.optional().describe("Taken when the value is missing or null."),
        values: z.array(scalar).min(1).optional().describe("The categories that the model knows."),
        unknown: z
          .enum(["error", "pass"])
          .default("error")
          .describe("What becomes of a value that is not one of `values`."),
      }),
    )
    .min(1),
  label: z.string().optional().describe("The output that is answered as `label`."),
  probabilities: z
    .strictObject({
      output: z.string().describe("The output that is answered as `probabilities`."),
      classes: z.array(z.string()).min(1).describe("Names of its elements, in order."),
    })
    .optional(),
});

const jsonSchema = z.record(z.string(), z.unknown());

const script = z.strictObject({
  type: z.literal("script"),
  module: fileName
    .regex(/\.m?[jt]s$/, "must be a module: .ts, .mts, .js or .mjs")
    .describe("A module beside the manifest that exports preprocess and postprocess."),
  input: jsonSchema.describe("JSON Schema of one input."),
  output: jsonSchema.describe("JSON Schema of one output."),
  parameters: jsonSchema.optional().describe("JSON Schema of the parameters; none without it."),
});

/** What ONNX Runtime may run a graph on; onnxruntime-node has no further options for these two. */
const executionProvider = z.union([
  z.enum(["cpu", "cuda"]),
  z.strictObject({
    name: z.literal("cuda"),
    device_id: z.int().min(0).optional().describe("The only device it may run on."),
  }),
]);

/** Each member by itself; `manifest-schema.ts` also holds them to each other. */
export const manifestMembers = z.strictObject({
  $schema: z.string().optional(),
  name: nameSchema,
  version: z.int().positive(),
  description: z.string().default(""),
  license: z.string().optional(),
  file: z.strictObject({
    path: fileName,
    bytes: z.int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    source: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Where `scoreline models pull` fetches it: https, or http on this machine."),
  }),
  inputs: z.array(tensorSchema).min(1),
  outputs: z.array(tensorSchema).min(1),
  dimensions: z
    .record(z.string(), dimensionRange)
    .default({})
    .describe("Sizes that named dimensions of the inputs may have."),
  pipeline: z.discriminatedUnion("type", [imageClassification, textMatch, tabular, tensor, script]),
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

export type Manifest = z.infer<typeof manifestMembers>;
/** One of `inputs` or `outputs`. */
export type TensorSettings = z.infer<typeof tensorSchema>;
/** One of `execution_providers`. */
export type ExecutionProviderSettings = z.infer<typeof executionProvider>;
export type PipelineSettings = Manifest["pipeline"];
export type ImageClassificationSettings = z.infer<typeof imageClassification>;
export type ScriptSettings = z.infer<typeof script>;
export type TabularSettings = z.infer<typeof tabular>;
export type TextMatchSettings = z.infer<typeof textMatch>;
