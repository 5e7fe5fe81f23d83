import type { z } from "zod";
import type { replayListSchema, ReplayJson } from "./replay-json.ts";

const id = "rep_01m7z2a28nec097t69kvhhq4z1";
const batch = "bat_01m7z2a28nec097t69kvhhq4z1";
const candidateBatch = "bat_01m7z2a2a1ec097t69kvhhq4z1";

export const wanted = { batch, model: "faq-javascript@2" };

const share = (of: number, low: number, high: number) => {
  const interval: [number, number] = [low, high];
  return { share: of, interval };
};
const none = { both: 0, only_live: 0, only_candidate: 0 };
const unknown = share(0, 0, 1);

/** Just made: nothing is counted. */
export const made = {
  id,
  object: "replay",
  endpoint: "faq",
  status: "copying",
  batch,
  model: "faq-javascript@1",
  candidate_batch: candidateBatch,
  candidate: "faq-javascript@2",
  items: 5000,
  compared: 0,
  left_out: 0,
  comparison: {
    verdict: "undecided",
    reasons: ["A verdict needs 1,000 pairs, and so far there are 0."],
    pairs: 0,
    confidence: 0.9975,
    errors: null,
    failures: null,
    agreement: null,
    latency: null,
  },
  disagreements: [],
  error: null,
  created_at: "2026-11-29T12:46:42.453Z",
  completed_at: null,
  urls: {
    self: `/v1/endpoints/faq/replays/${id}`,
    batch: `/v1/batches/${batch}`,
    candidate_batch: `/v1/batches/${candidateBatch}`,
  },
} satisfies ReplayJson;

/** Over, with labels. */
export const replay = {
  ...made,
  status: "completed",
  compared: 5000,
  comparison: {
    ...made.comparison,
    verdict: "worse",
    reasons: [
      "The candidate was wrong in 15 % of 5,000 pairs, the live version in 10 %: surely more often.",
    ],
    pairs: 5000,
    errors: {
      pairs: 5000,
      live: share(0.1, 0.082, 0.121),
      candidate: share(0.15, 0.128, 0.175),
      difference: share(0.05, 0.026, 0.075),
      both: 75,
      only_live: 425,
      only_candidate: 675,
    },
    failures: {
      pairs: 5000,
      live: unknown,
      candidate: unknown,
      difference: share(0, -0.002, 0.002),
      ...none,
    },
    agreement: { pairs: 5000, ...share(0.78, 0.754, 0.804), mean_difference: 0.02 },
  },
  disagreements: [
    { index: 4990, custom_id: "q4990", difference: "/matches/0: clone-array instead of sleep" },
  ],
  completed_at: "2026-11-29T12:47:12.453Z",
} satisfies ReplayJson;

export const list = {
  object: "list",
  data: [replay],
  next_cursor: null,
} satisfies z.input<typeof replayListSchema>;
