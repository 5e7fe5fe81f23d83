import { z } from "zod";
import { jobClasses } from "../lane.ts";
import { flowFields } from "../lane/flow.ts";
import type { LuaFile } from "../redis/lua.ts";
import { FieldTable, number, type Decoded } from "../redis/fields.ts";
import {
  batchStatuses,
  packBatchLimits,
  unpackBatchLimits,
  type BatchCounts,
  type BatchLimits,
  type BatchStatus,
} from "./record.ts";

/** The status of an erased batch, whose record has nothing else and stays for a while. */
const DELETED = "deleted";

const text = z.string();
const maybeText = text.optional();
const maybeNumber = number.optional();
const count = number.default(0);

/** What of a batch is shown. Times are epoch ms; `docs/redis-keys.md` says who writes which. */
const shown = {
  status: ["s", z.enum([...batchStatuses, DELETED])],
  model: ["m", text],
  class: ["c", z.enum(jobClasses)],
  tenant: ["t", text],
  parameters: ["p", text.default("{}")],
  metadata: ["d", maybeText],
  /** What is to be called, packed by `webhook/subscription.ts`. */
  webhook: ["wh", maybeText],
  /** What its client sent to find it again by; see `trace.ts`. */
  trace: ["tr", maybeText],
  limits: [
    "l",
    z.codec(text, z.custom<BatchLimits>(), { decode: unpackBatchLimits, encode: packBatchLimits }),
    ["windowMs", "retentionSeconds", "maxFailed"],
  ],
  createdAtMs: ["ca", number],
  closedAtMs: ["cl", maybeNumber],
  startedAtMs: ["sa", maybeNumber],
  endedAtMs: ["ea", maybeNumber],
  items: ["n", number],
  chunks: ["k", number],
  hasCustomIds: [
    "ci",
    z.codec(maybeText, z.boolean(), {
      decode: (it) => it === "1",
      encode: (it) => (it ? "1" : "0"),
    }),
  ],
  attempt: ["at", number.default(1)],
  running: ["rn", count],
  succeeded: ["ok", count],
  failed: ["ko", count],
  canceled: ["cn", count],
  expired: ["ex", count],
  /** A problem, JSON. */
  error: ["e", maybeText],
} as const;

export const shownFields = new FieldTable(shown);

/** Fields of a batch. */
export const batchFields = new FieldTable({
  ...shown,
  version: ["v", number],
  /** Items above which its results sink. */
  sinkAbove: ["so", maybeNumber],
  /** `1`: its chunks are queued as they come, and not only once it is closed. */
  isEager: ["eg", maybeText],
  /** `1`: its inputs stay as long as it does, to be scored by another version too. */
  keepsInputs: ["ki", maybeText],
  windowFromMs: ["wb", number],
  retryToken: ["rt", maybeText],
  /** Ends of chunks so far. */
  ends: ["sq", count],
  /** What a batch that is canceling ends as. */
  endsAs: ["to", maybeText],
  sweep: ["wk", maybeText],
  sweepPosition: ["wp", maybeNumber],
  waiters: ["w", maybeText],
  deliveries: ["dp", count],
  eventsTold: ["an", count],
  endsTold: ["aq", count],
  progressToldAtMs: ["ap", maybeNumber],
  progressTold: ["as", maybeText],
  endsSunk: ["sk", count],
});

/** What is read back. */
export type BatchView = Omit<Decoded<typeof shown>, "status"> & {
  readonly id: string;
  readonly status: BatchStatus;
  readonly counts: BatchCounts;
  readonly expiresAtMs: number | undefined;
  /** Redis' time when this was read. */
  readonly readAtMs: number;
};

/** Fields of a chunk. It has one more for each item that had exclusive runs: `q<offset>`. */
export const chunkFields = new FieldTable({
  /** Lane name. */
  lane: ["ln", text],
  /** `u` uploaded, `q` queued, `r` running, `e` ended, `c` canceled, `x` expired. */
  status: ["s", text],
  items: ["n", number],
  firstIndex: ["f", number],
  /** Of its items, packed. */
  bytes: ["z", number],
  attempt: ["a", number],
  /** The attempt that the last retry began. */
  firstAttempt: ["ab", number.default(1)],
  /** Of the batch, in which it was queued. */
  batchAttempt: ["ba", number.default(1)],
  /** Of the batch, up to which its lines were told. */
  attemptTold: ["tl", count],
  succeeded: ["ok", count],
  /** The run of the worker that has it. */
  run: ["r", maybeText],
  startedAtMs: ["sa", maybeNumber],
  /** Workers that died with it, since it was queued or retried. */
  deaths: ["dt", count],
  /** Where its lines are in the folder of results. */
  place: ["sf", maybeText],
});

/** Functions for scripts that tell of batches and may end them, behind `deliver`. */
export const endFunctions: LuaFile = {
  url: new URL("./end.lua", import.meta.url),
  reads: {
    readBatch: batchFields,
    readEnded: batchFields.pick("items", "succeeded", "failed", "canceled", "expired", "sweep"),
  },
  writes: { BATCH: batchFields },
};

/** Functions for scripts that queue chunks, behind `recent`. */
export const launchFunctions: LuaFile = {
  url: new URL("./launch.lua", import.meta.url),
  writes: { CHUNK: chunkFields, FLOW: flowFields },
};
