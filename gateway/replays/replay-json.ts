import { z } from "zod";
import { comparisonOf, comparisonSchema } from "../../shared/endpoint/verdict/report.ts";
import type { CompareSettings } from "../../shared/endpoint/verdict/settings.ts";
import { replayStatuses, type Replay } from "../../shared/replay/record.ts";
import type { ReplayReport } from "../../shared/replay/replays.ts";
import { rfc3339 } from "../../shared/rfc3339.ts";
import { pageSchema, timeSchema } from "../http/answer-schemas.ts";
import { problemSchema } from "../jobs/job-schema.ts";

const count = z.int().min(0);

/** A replay, with what its pairs say so far. */
export const replaySchema = z.strictObject({
  id: z.string().regex(/^rep_[0-9a-z]{26}$/),
  object: z.literal("replay"),
  endpoint: z.string(),
  status: z.enum(replayStatuses),
  batch: z.string().describe("The batch whose items are scored once more."),
  model: z.string().describe("The version that scored it."),
  candidate_batch: z.string().describe("The batch that scores them once more."),
  candidate: z.string().describe("The version that is tried."),
  items: count,
  compared: count.describe("Items that count in the comparison."),
  left_out: count.describe("Items that were canceled or expired in either batch."),
  comparison: comparisonSchema,
  disagreements: z
    .array(
      z.strictObject({
        index: count.describe("Of the item in both batches."),
        custom_id: z.string().nullable(),
        difference: z.string().describe("The first place where the candidate's output differs."),
      }),
    )
    .readonly()
    .describe("The last items whose outputs differ, the last first, at most 100."),
  get error(): z.ZodNullable<z.ZodType> {
    return problemSchema.nullable().describe("Why it `failed`.");
  },
  created_at: timeSchema,
  completed_at: timeSchema,
  urls: z.strictObject({ self: z.string(), batch: z.string(), candidate_batch: z.string() }),
});

/** A page of replays, newest first. */
export const replayListSchema = pageSchema(replaySchema);

export type ReplayJson = z.input<typeof replaySchema>;

export function replayJson(
  replay: Replay,
  { counters, differing }: ReplayReport,
  settings: CompareSettings,
): ReplayJson {
  const { id, endpoint, batch, candidateBatch, error } = replay;
  return {
    id,
    object: "replay",
    endpoint,
    status: replay.status,
    batch,
    model: replay.live,
    candidate_batch: candidateBatch,
    candidate: replay.candidate,
    items: replay.items,
    compared: replay.compared,
    left_out: replay.leftOut,
    comparison: comparisonOf(counters, settings),
    disagreements: differing.map(({ index, customId, difference }) => ({
      index,
      custom_id: customId,
      difference,
    })),
    error: error === undefined ? null : (JSON.parse(error) as unknown),
    created_at: rfc3339(replay.createdAtMs),
    completed_at: replay.endedAtMs === undefined ? null : rfc3339(replay.endedAtMs),
    urls: {
      self: replayPath(replay),
      batch: `/v1/batches/${batch}`,
      candidate_batch: `/v1/batches/${candidateBatch}`,
    },
  };
}

export function replayPath({ endpoint, id }: Pick<Replay, "endpoint" | "id">): string {
  return `/v1/endpoints/${endpoint}/replays/${id}`;
}
