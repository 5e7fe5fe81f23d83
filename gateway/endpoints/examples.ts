import type { definitionSchema } from "../../shared/endpoint/definition.ts";
import type { z } from "zod";
import type { EndpointJson, EndpointList } from "./endpoint-json.ts";

export const definition = {
  description: "Answers of the JavaScript FAQ.",
  variants: [
    { name: "blue", model: "faq-javascript@1", share: 90, type: "control" },
    { name: "green", model: "faq-javascript@1", share: 10 },
  ],
  default: "blue",
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
  defaults: { wait_ms: 10_000, timeouts: {}, max_queue_wait_ms: 5000 },
  quota: { requests_per_minute: null },
  auth: "both",
  cors: { origins: [] },
  capture: null,
  allow_different_contract: false,
  history: [],
  created_at: "2026-11-29T12:46:42.453Z",
  updated_at: "2026-11-29T12:46:42.453Z",
  urls: { self: "/v1/endpoints/faq", jobs: "/v1/models/faq/jobs" },
} satisfies EndpointJson;

export const list = { object: "list", data: [endpoint] } satisfies EndpointList;
