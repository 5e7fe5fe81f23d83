import type { Registry } from "../../shared/model/registry.ts";
import type { ModelList, ModelVersionBrief } from "./model-schema.ts";
import type { ModelQueue } from "./queue-schema.ts";
import { json, operation, type Operation } from "../http/openapi/operation.ts";
import { ref } from "../http/openapi/parts.ts";
import { modelParameter } from "../http/openapi/parameters.ts";

const version = {
  id: "faq-javascript@1",
  name: "faq-javascript",
  version: 1,
  description: "Finds the entry of a JavaScript FAQ (175 entries) that answers a question.",
  pipeline: "text-match",
  status: "available",
  workers: { ready: 1, starting: 0 },
} satisfies ModelVersionBrief;

const list = {
  object: "list",
  data: [
    {
      name: version.name,
      default_version: 1,
      versions: [version],
      url: `/v1/models/${version.name}`,
    },
  ],
} satisfies ModelList;

const idleLane = {
  load: 0,
  waiting: 0,
  running: 0,
  oldest_age_ms: null,
  arrival_rate: 0,
  end_rate: null,
  estimated_wait_ms: 0,
};

const queue = {
  object: "queue",
  model: version.id,
  workers: version.workers,
  recent: 1,
  interactive: {
    load: 44,
    waiting: 12,
    running: 32,
    oldest_age_ms: 41,
    arrival_rate: 310.5,
    end_rate: 305.2,
    estimated_wait_ms: 144,
  },
  bulk: idleLane,
} satisfies ModelQueue;

/** `GET /v1/models` */
export function listModelsOperation(): Operation {
  return operation("listModels", {
    tag: "Models",
    scope: "any",
    summary: "Names and versions of the models",
    answers: { 200: json("The models.", { schema: ref("ModelList"), examples: { list } }) },
  });
}

/** `GET /v1/models/{model}` */
export function getModelOperation(registry: Registry): Operation {
  return operation("getModel", {
    tag: "Models",
    scope: "any",
    summary: "What a model version takes and gives",
    parameters: [modelParameter(registry)],
    answers: {
      200: json("The model version, with JSON Schemas.", {
        schema: ref("Model"),
        examples: {
          model: {
            object: "model",
            ...version,
            license: "Apache-2.0",
            input_schema: {
              type: "object",
              properties: { text: { type: "string" } },
              required: ["text"],
            },
            output_schema: { type: "object", properties: { matches: { type: "array" } } },
            parameters_schema: { type: "object", properties: { top_k: { type: "integer" } } },
            media_types: ["application/json", "multipart/form-data", "text/plain"],
            limits: { rows_max: 32, body_bytes_max: 33_554_432, run_timeout_ms: 10_000 },
            wait: { default_s: 30, max_s: 60 },
            urls: { jobs: `/v1/models/${version.id}/jobs` },
          },
        },
      }),
    },
    fails: ["not_found"],
  });
}

/** `GET /v1/models/{model}/queue` */
export function getQueueOperation(registry: Registry): Operation {
  return operation("getQueue", {
    tag: "Models",
    scope: "any",
    summary: "How a model version's queues are doing",
    description: "A second old at most.",
    parameters: [modelParameter(registry)],
    answers: {
      200: json("Both classes of work.", { schema: ref("Queue"), examples: { queue } }),
    },
    fails: ["not_found", "service_unavailable"],
  });
}
