import { json, routes } from "../http/openapi/operation.ts";
import { modelParameter } from "../http/openapi/parameters.ts";
import type { Room } from "../http/openapi/room.ts";
import { modelSchemas } from "./contracts.ts";
import { getModel, getQueue, listModels, type ModelServices } from "./models.ts";
import { modelListSchema, modelSchema, queueSchema } from "./model-schema.ts";
import type { Model, ModelList, ModelQueue, ModelVersionBrief } from "./model-schema.ts";

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

const model = {
  object: "model",
  ...version,
  license: "Apache-2.0",
  input_schema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  output_schema: { type: "object", properties: { matches: { type: "array" } } },
  parameters_schema: { type: "object", properties: { top_k: { type: "integer" } } },
  media_types: ["application/json", "multipart/form-data", "text/plain"],
  limits: { rows_max: 32, body_bytes_max: 33_554_432, run_timeout_ms: 10_000 },
  wait: { default_s: 30, max_s: 60 },
  urls: { jobs: `/v1/models/${version.id}/jobs` },
} satisfies Model;

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

const route = routes({ tag: "Models", scope: "any" });

/** What can be scored. */
export const modelsRoom: Room<ModelServices> = {
  answers: { Model: modelSchema, ModelList: modelListSchema, Queue: queueSchema },
  schemas: modelSchemas,
  operations: [
    route.get("/v1/models", listModels, {
      summary: "Names and versions of the models",
      answers: { 200: json("The models.", "ModelList", { list }) },
    }),
    route.get("/v1/models/{model}", getModel, {
      summary: "A model version's input, output, parameters and limits",
      parameters: (registry) => [modelParameter(registry)],
      answers: { 200: json("The model version, with JSON Schemas.", "Model", { model }) },
      fails: ["not_found"],
    }),
    route.get("/v1/models/{model}/queue", getQueue, {
      summary: "The state of a model version's queues",
      description: "At most a second old.",
      parameters: (registry) => [modelParameter(registry)],
      answers: { 200: json("Both priorities.", "Queue", { queue }) },
      fails: ["not_found"],
    }),
  ],
};
