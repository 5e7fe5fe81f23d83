import { json, jsonBody, routes } from "../../http/openapi/operation.ts";
import { modelParameter, traceParameters } from "../../http/openapi/parameters.ts";
import { CREATING, GONE } from "../../http/openapi/problems.ts";
import type { Dialect } from "../../http/openapi/room.ts";
import { askedParameters } from "../../routing/asked.ts";
import { createEmbeddings, embeddingListSchema, type EmbeddingServices } from "./embeddings.ts";
import * as examples from "./examples.ts";
import {
  getOpenaiModel,
  listOpenaiModels,
  openaiModelSchema,
  openaiModelsSchema,
  type OpenaiModelServices,
} from "./models.ts";
import { openaiError, openaiErrorSchema } from "./openai-error.ts";
import { embeddingRequestSchema } from "./read-request.ts";

const tag = {
  name: "OpenAI",
  description: "Embeddings and models as OpenAI's API has them: for its clients, unchanged.",
};

const route = routes({ tag: tag.name, scope: "any", problems: openaiError });

/** OpenAI's API, as far as embeddings go. */
export const openai: Dialect<EmbeddingServices & OpenaiModelServices> = {
  tag,
  roots: ["/openai"],
  problems: openaiError,
  answers: {
    EmbeddingList: embeddingListSchema,
    OpenAIModel: openaiModelSchema,
    OpenAIModelList: openaiModelsSchema,
    OpenAIError: openaiErrorSchema,
  },
  bodies: { EmbeddingRequest: embeddingRequestSchema },
  operations: [
    route.post("/openai/v1/embeddings", createEmbeddings, {
      scope: "jobs:write",
      summary: "Embeddings of a text, or of up to 2,048",
      description: "One that fails fails them all. What does not end in time is canceled.",
      parameters: [...traceParameters, ...askedParameters],
      body: jsonBody("EmbeddingRequest", { texts: examples.request }),
      answers: {
        200: json("In the order of the inputs.", "EmbeddingList", { list: examples.embeddings }, [
          "Scoreline-Job",
        ]),
      },
      endings: ["Scoreline-Job"],
      fails: [...GONE, ...CREATING, "wait_exceeded"],
    }),
    route.get("/openai/v1/models", listOpenaiModels, {
      summary: "Names that give embeddings",
      answers: { 200: json("The names.", "OpenAIModelList", { list: examples.models }) },
    }),
    route.get("/openai/v1/models/{model}", getOpenaiModel, {
      summary: "One of them",
      parameters: (registry) => [modelParameter(registry)],
      answers: { 200: json("The name.", "OpenAIModel", { model: examples.model }) },
      fails: ["not_found"],
    }),
  ],
};
