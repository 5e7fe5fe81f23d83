import type { Registry } from "../../../shared/model/registry.ts";
import { freshAnswer, json, routes } from "../../http/openapi/operation.ts";
import {
  modelParameter,
  pathParameter,
  traceParameters,
  type Parameter,
} from "../../http/openapi/parameters.ts";
import { ref, type Body } from "../../http/openapi/parts.ts";
import { CREATING, GONE } from "../../http/openapi/problems.ts";
import type { Dialect } from "../../http/openapi/room.ts";
import { createBodies, optionParameters } from "../../jobs/create-request.ts";
import { askedParameters } from "../../routing/asked.ts";
import { requestExamples } from "../../models/examples.ts";
import * as examples from "./examples.ts";
import { requestSchema } from "./read-request.ts";
import { scoreOlder, scoreService, scoreVariant, type ScoreServices } from "./score.ts";
import {
  getOlderVersion,
  getService,
  getServiceAtScore,
  getServiceSwagger,
  serviceSchema,
  type DescribedServices,
} from "./service.ts";
import { serviceError, serviceErrorSchema } from "./service-error.ts";

const tag = {
  name: "Azure ML",
  description:
    "Models as services of Azure Machine Learning: for clients that were written for it.",
};

const common = { tag: tag.name, problems: serviceError } as const;
const described = routes({ ...common, scope: "any" });
const scoring = routes({
  ...common,
  scope: "jobs:write",
  endings: ["Scoreline-Job"],
  fails: [...GONE, ...CREATING, "wait_exceeded"],
});

const answers = {
  200: json(
    "The output, or one for each of `data`. FAQ models and classifiers of images answer as the " +
      "reference architecture's services do.",
    { description: "Follows the model's output schema, but for those." },
    examples.answers,
    ["Scoreline-Job"],
  ),
};

const body = (registry: Registry): Body => ({
  required: true,
  content: {
    ...createBodies(registry),
    "application/json": { schema: ref("ServiceRequest"), examples: requestExamples(registry) },
  },
});

const serviceParameter = (registry: Registry): Parameter => ({
  ...modelParameter(registry),
  name: "service",
});

const requestParameters = (registry: Registry): readonly Parameter[] => [
  ...traceParameters,
  ...askedParameters,
  ...optionParameters(registry),
];

const variantParameter = pathParameter(
  "variant",
  "A variant of the endpoint; or a version of the model: its number, or `name@version`.",
  "1",
);

/** Services as Azure Machine Learning has them, as far as scoring goes. */
export const azureml: Dialect<ScoreServices & DescribedServices> = {
  tag,
  roots: ["/api/v1/service", "/score", "/version"],
  problems: serviceError,
  answers: { Service: serviceSchema, ServiceError: serviceErrorSchema },
  bodies: { ServiceRequest: requestSchema },
  operations: [
    described.get("/api/v1/service/{service}", getService, {
      summary: "What scores under this name, and whether it is ready",
      parameters: (registry) => [serviceParameter(registry)],
      answers: { 200: json("The service.", "Service", { service: examples.service }) },
      fails: ["not_found"],
    }),
    described.get("/api/v1/service/{service}/swagger.json", getServiceSwagger, {
      summary: "The service as Swagger 2.0, with samples",
      parameters: (registry) => [serviceParameter(registry)],
      answers: {
        200: json("The document.", { type: "object" }, { document: examples.swagger }),
      },
      fails: ["model_unavailable", "not_found"],
    }),
    described.get("/api/v1/service/{service}/score", getServiceAtScore, {
      summary: "The same as without `/score`",
      parameters: (registry) => [serviceParameter(registry)],
      answers: { 200: json("The service.", "Service", { service: examples.service }) },
      fails: ["not_found"],
    }),
    scoring.post("/api/v1/service/{service}/score", scoreService, {
      summary: "Score one or several inputs, and wait for the answer",
      parameters: (registry) => [serviceParameter(registry), ...requestParameters(registry)],
      body,
      answers,
    }),
    scoring.post("/api/v1/service/{service}/score/{variant}", scoreVariant, {
      summary: "Score with this variant of it",
      parameters: (registry) => [
        serviceParameter(registry),
        variantParameter,
        ...requestParameters(registry),
      ],
      body,
      answers,
    }),
    scoring.post("/score", scoreOlder, {
      summary: "Score with the model that `SCORE_MODEL` names",
      description: "As the reference's first services answer, which ran on Flask.",
      parameters: requestParameters,
      body,
      answers: {
        200: json(
          "The output, and the time in the model.",
          { type: "object", required: ["result"] },
          { question: examples.older },
          ["Scoreline-Job"],
        ),
      },
    }),
    described.get("/version", getOlderVersion, {
      summary: "The version of ONNX Runtime",
      answers: { 200: freshAnswer("As text.", { "text/plain": { schema: { type: "string" } } }) },
      fails: ["not_found"],
    }),
  ],
};
