import type { definitionSchema } from "../../shared/endpoint/definition.ts";
import type { z } from "zod";
import { compareSchema } from "../../shared/endpoint/verdict/settings.ts";
import type { ComparisonList } from "./comparisons.ts";
import type { EndpointJson, EndpointList } from "./endpoint-json.ts";

export const definition = {
  description: "Answers of the JavaScript FAQ.",
  variants: [
    { name: "blue", model: "faq-javascript@1", share: 90, type: "control" },
    { name: "green", model: "faq-javascript@1", share: 10 },
  ],
  default: "blue",
  shadows: [{ name: "next", model: "faq-javascript@1", of: ["blue"] }],
  defaults: { wait_ms: 10_000, max_queue_wait_ms: 5000 },
} satisfies z.input<typeof definitionSchema>;

const state = { status: "ready", detail: null, workers: { ready: 2, starting: 0 } } as const;

export const endpoint = {
  object: "endpoint",
  name: "faq",
  revision: 17,
  description: definition.description,
  tags: { team: "web" },
  properties: {},
  variants: [
    { name: "blue", model: "faq-javascript@1", share: 90, type: "control", traffic: 90, state },
    { name: "green", model: "faq-javascript@1", share: 10, type: "treatment", traffic: 10, state },
  ],
  default: "blue",
  shadows: [{ name: "next", model: "faq-javascript@1", percent: 100, of: ["blue"], state }],
  compare: compareSchema.parse({}),
  defaults: { wait_ms: 10_000, timeouts: {}, max_queue_wait_ms: 5000 },
  quota: { requests_per_minute: null },
  metrics: true,
  auth: "both",
  cors: { origins: [] },
  capture: null,
  capture_state: "off",
  allow_different_contract: false,
  history: [],
  created_at: "2026-11-29T12:46:42.453Z",
  updated_at: "2026-11-29T12:46:42.453Z",
  urls: { self: "/v1/endpoints/faq", jobs: "/v1/models/faq/jobs" },
} satisfies EndpointJson;

export const list = { object: "list", data: [endpoint] } satisfies EndpointList;

export const comparisons = {
  object: "list",
  data: [
    {
      object: "comparison",
      variant: "blue",
      model: "faq-javascript@1",
      shadow: "next",
      candidate: "faq-javascript@2",
      verdict: "undecided",
      reasons: ["A verdict needs 1,000 pairs, and so far there are 2."],
      pairs: 2,
      confidence: 0.995,
      errors: null,
      failures: {
        pairs: 2,
        live: { share: 0, interval: [0, 0.95] },
        candidate: { share: 0, interval: [0, 0.95] },
        difference: { share: 0, interval: [-1, 1] },
        both: 0,
        only_live: 0,
        only_candidate: 0,
      },
      agreement: { pairs: 2, share: 0.5, interval: [0.01, 0.99], mean_difference: 0.03 },
      latency: {
        pairs: 2,
        live_p95_ms: 12.1,
        candidate_p95_ms: 12.3,
        p95_ratio: 1.02,
        interval: [0, null],
      },
      disagreements: [
        {
          job_id: "job_06ahf7m3g4x00a8q4m1yz7n2kc",
          difference: "/answers/0/probability is 0.61 instead of 0.55",
          at: "2026-11-29T12:46:42.453Z",
        },
      ],
    },
  ],
  variants: [
    {
      variant: "blue",
      model: "faq-javascript@1",
      labels: 1000,
      right: 912,
      accuracy: { share: 0.912, interval: [0.87, 0.94] },
    },
  ],
} satisfies ComparisonList;
