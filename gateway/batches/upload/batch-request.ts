import { z } from "zod";
import { ScoringError } from "../../../shared/error.ts";
import { jobClasses } from "../../../shared/lane.ts";
import { metadataSchema } from "../../http/capped.ts";
import { webhookSchema } from "../../webhooks/webhook-member.ts";

/** Longest window of a batch, and longest that an ended one may be kept, in ms: 7 days. */
const WINDOW_MS_MAX = 604_800_000;

/** What is said of a batch as a whole: the `batch` of an upload's first line, and the JSON body's. */
export const batchMembers = {
  model: z.string().describe("A name, or `name@version`."),
  parameters: z
    .unknown()
    .optional()
    .describe("Options, following the model's parameter schema; an item may have its own."),
  completion_window_ms: z
    .int()
    .min(1000)
    .max(WINDOW_MS_MAX)
    .optional()
    .describe("From its creation to its end; items that have not ended by then expire."),
  max_failed: z
    .int()
    .min(0)
    .optional()
    .describe("If more items fail, the batch ends `failed` and the rest are canceled."),
  retention_ms: z
    .int()
    .min(1000)
    .max(WINDOW_MS_MAX)
    .optional()
    .describe("How long the ended batch and its results are kept."),
  sink: z
    .boolean()
    .optional()
    .describe(
      "Whether results go into the operator's folder; default: only those of large batches.",
    ),
  keep_inputs: z
    .boolean()
    .optional()
    .describe("Whether inputs stay as long as the batch, so that it can be replayed; default: no."),
  priority: z.enum(jobClasses).optional().describe("Default: `bulk`."),
  webhook: webhookSchema.optional(),
  metadata: metadataSchema.optional().describe("Yours; returned with the batch."),
};

export const batchSchema = z.strictObject(batchMembers);
export type BatchRequest = z.infer<typeof batchSchema>;

/** The first line of an upload. */
export const batchLineSchema = z.strictObject({ batch: batchSchema });

const folderPath = z.string().min(1).max(4096);

/** Where the items are, below the operator's folder. */
export const batchSourceSchema = z.union(
  [
    z.strictObject({
      folder: folderPath.describe("All its files, in order of name; `.` for the top folder."),
      pattern: z
        .string()
        .min(1)
        .max(256)
        .default("**/*")
        .describe("Only files whose path in the folder matches, e.g. `*.jpg` or `**/*.{jpg,png}`."),
    }),
    z.strictObject({ file: folderPath.describe("Items as CSV or lines of JSON.") }),
  ],
  { error: 'is neither {"folder": PATH, "pattern": GLOB} nor {"file": PATH}' },
);
export type ItemSource = z.infer<typeof batchSourceSchema>;

const source = batchSourceSchema
  .optional()
  .describe("Files below the gateway's `BATCH_FOLDER`, instead of `items`.");

/** Without `items` and `source` the batch stays open for uploads to `/items`. */
export const batchBodySchema = z.strictObject({
  ...batchMembers,
  items: z.array(z.unknown()).min(1).optional().describe("Each is an item; see `BatchItem`."),
  source,
});

/** An upload to an open batch that says where its items are. */
export const itemsBodySchema = z.strictObject({ source: batchSourceSchema });

/** The same error, and in which line it was found. */
export function inLine(error: unknown, line: number): unknown {
  if (!(error instanceof ScoringError)) return error;
  const { code, message, faults, unlisted, members, cause } = error;
  return new ScoringError(code, `Line ${line}: ${message}`, {
    faults,
    unlisted,
    members: { ...members, line },
    cause,
  });
}
