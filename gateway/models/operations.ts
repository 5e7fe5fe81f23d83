import type { ModelVersion, Registry } from "../../shared/model/registry.ts";
import { hasLabel } from "../../shared/labels.ts";
import { mediaTypesOf } from "../../shared/model/pipelines/contract.ts";
import { publishSchemas } from "../../shared/model/manifest.ts";
import type { Unavailable } from "../../shared/lane/workers.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { WaitLimits } from "../http/prefer.ts";
import { callerOf, mayUse } from "../access/caller.ts";
import { readQuery } from "../http/query.ts";
import type { Planner } from "../routing/planner.ts";
import { freshAnswer, json, routes, type Handler } from "../http/openapi/operation.ts";
import { modelParameter, queryParameters } from "../http/openapi/parameters.ts";
import type { Room } from "../http/openapi/room.ts";
import {
  modelListSchema,
  modelSchema,
  modelsQuerySchema,
  queueSchema,
  type Model,
  type ModelList,
  type ModelQueue,
  type ModelVersionBrief,
} from "./model-schema.ts";
import { getCard } from "./card.ts";
import { modelSchemas, type Contracts } from "./contracts.ts";
import * as inputs from "./inputs.ts";
import { laneFigures } from "./lane-figures.ts";
import type { LaneView } from "./lane-view.ts";
import type { WorkerView } from "./worker-view.ts";

export interface ModelServices {
  readonly bodyBytesMax: number;
  readonly contracts: Contracts;
  readonly lanes: LaneView;
  readonly planner: Planner;
  readonly registry: Registry;
  readonly waits: WaitLimits;
  readonly workers: WorkerView;
}

/** `GET /v1/models`: every name that the key may use, with its versions; those with all the tags. */
const listModels: Handler<ModelServices> = (c, services) => {
  const { registry } = services;
  const { tag: tags } = readQuery(modelsQuerySchema, c.req.queries());
  const usable = registry.versions.filter(
    (version) =>
      mayUse(callerOf(c), version) && tags.every((tag) => hasLabel(version.manifest.tags, tag)),
  );
  const names = registry.names.filter((name) => usable.some((version) => version.name === name));
  const data: ModelList["data"] = names.map((name) => ({
    name,
    default_version: registry.defaultOf(name)?.version,
    versions: usable
      .filter((version) => version.name === name)
      .map((version) => brief(version, services)),
    url: `/v1/models/${name}`,
  }));
  return jsonAnswer({ object: "list", data } satisfies ModelList);
};

/** `GET /v1/models/{model}`: what one version takes and gives, as JSON Schema. */
const getModel: Handler<ModelServices> = (c, services) => {
  const { planner, contracts, waits } = services;
  const version = planner.versionOf(callerOf(c), c.req.param("model") ?? "");
  const { manifest } = version;
  const contract = contracts.of(version);
  const schemas = publishSchemas(contract);
  const model: Model = {
    object: "model",
    ...brief(version, services),
    license: manifest.license ?? null,
    input_schema: { ...schemas.input },
    output_schema: { ...schemas.output },
    parameters_schema: { ...schemas.parameters },
    media_types: [...mediaTypesOf(contract)],
    limits: {
      rows_max: manifest.batching.max_batch_size,
      body_bytes_max: services.bodyBytesMax,
      run_timeout_ms: manifest.run_timeout_ms,
    },
    wait: { default_s: waits.defaultSeconds, max_s: waits.maxSeconds },
    urls: { jobs: `/v1/models/${version.id}/jobs` },
  };
  return jsonAnswer(model);
};

function brief(version: ModelVersion, { workers }: ModelServices): ModelVersionBrief {
  return {
    id: version.id,
    name: version.name,
    version: version.version,
    description: version.manifest.description,
    tags: version.manifest.tags,
    properties: version.manifest.properties,
    pipeline: version.manifest.pipeline.type,
    status: statusOf(version, workers.whyUnavailable(version.id)),
    workers: workers.count(version.id),
    runs_on: workers
      .runsOn(version.id)
      .map(({ device = null, nodes = null, ...rest }) => ({ ...rest, device, nodes })),
  };
}

function statusOf(
  { isArchived }: ModelVersion,
  reason: Unavailable | undefined,
): ModelVersionBrief["status"] {
  if (isArchived) return "archived";
  if (reason === undefined) return "available";
  return reason.not_pulled === true ? "not_pulled" : "unavailable";
}

/** `GET /v1/models/{model}/queue`: how one version's lanes are doing, a second old at most. */
const getQueue: Handler<ModelServices> = async (c, services) => {
  const { planner, workers, lanes } = services;
  const { id } = planner.versionOf(callerOf(c), c.req.param("model") ?? "");
  const interactive = await lanes.get({ model: id, class: "interactive" });
  const serving = workers.count(id);
  const queue: ModelQueue = {
    object: "queue",
    model: id,
    workers: serving,
    recent: interactive.isRecent ? 1 : 0,
    interactive: laneFigures(interactive, serving),
    bulk: laneFigures(await lanes.get({ model: id, class: "bulk" }), serving),
  };
  return jsonAnswer(queue);
};

const version = {
  id: "faq-javascript@1",
  name: "faq-javascript",
  version: 1,
  description: "Finds the entry of a JavaScript FAQ (175 entries) that answers a question.",
  tags: { team: "web" },
  properties: {},
  pipeline: "text-match",
  status: "available",
  workers: { ready: 1, starting: 0 },
  runs_on: [{ provider: "cpu" as const, device: null, nodes: null, workers: 1 }],
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
  depth: 0,
  waiting: 0,
  running: 0,
  oldest_age_ms: null,
  arrival_rate: 0,
  end_rate: null,
  estimated_wait_ms: 0,
  paused: null,
};

const queue = {
  object: "queue",
  model: version.id,
  workers: version.workers,
  recent: 1,
  interactive: {
    load: 44,
    depth: 44,
    waiting: 12,
    running: 32,
    oldest_age_ms: 41,
    arrival_rate: 310.5,
    end_rate: 305.2,
    estimated_wait_ms: 144,
    paused: null,
  },
  bulk: idleLane,
} satisfies ModelQueue;

const common = { tag: "Models", scope: "any" } as const;
const route = routes(common);
const ofModel = routes({ ...common, parameters: (registry) => [modelParameter(registry)] });

/** What can be scored. */
export const modelsRoom: Room<ModelServices> = {
  answers: {
    Model: modelSchema,
    ModelList: modelListSchema,
    Queue: queueSchema,
    ExampleList: inputs.exampleListSchema,
  },
  schemas: modelSchemas,
  operations: [
    route.get("/v1/models", listModels, {
      summary: "Names and versions of the models",
      parameters: queryParameters(modelsQuerySchema.shape),
      answers: { 200: json("The models.", "ModelList", { list }) },
      fails: ["invalid_input", "unknown_field"],
    }),
    ofModel.get("/v1/models/{model}", getModel, {
      summary: "A model version's input, output, parameters and limits",
      answers: { 200: json("The model version, with JSON Schemas.", "Model", { model }) },
      fails: ["not_found"],
    }),
    ofModel.get("/v1/models/{model}/card", getCard, {
      summary: "A model version's card, as Markdown",
      answers: {
        200: freshAnswer("`card.md` of the version's folder.", {
          "text/markdown": { schema: { type: "string" } },
        }),
      },
      fails: ["not_found"],
    }),
    ofModel.get("/v1/models/{model}/examples", inputs.listExamples, {
      summary: "Inputs to try a model version with",
      description:
        "Of the version's `golden.json`, 24 at most; without one, an input that is made up.",
      answers: { 200: json("The examples.", "ExampleList", { examples: inputs.shownExamples }) },
      fails: ["not_found"],
    }),
    route.get("/v1/models/{model}/examples/{name}", inputs.getExampleFile, {
      summary: "The file of an example",
      parameters: (registry) => [modelParameter(registry), inputs.exampleName],
      answers: { 200: freshAnswer("The file, as it would be sent.", inputs.fileContent) },
      fails: ["not_found"],
    }),
    ofModel.get("/v1/models/{model}/queue", getQueue, {
      summary: "The state of a model version's queues",
      description: "At most a second old.",
      answers: { 200: json("Both priorities.", "Queue", { queue }) },
      fails: ["not_found"],
    }),
  ],
};
