import { z } from "zod";
import { ScoringError } from "../../../shared/error.ts";
import type { Registry } from "../../../shared/model/registry.ts";
import { callerOf, type Caller } from "../../access/caller.ts";
import { listSchema } from "../../http/answer-schemas.ts";
import { jsonAnswer } from "../../http/answers.ts";
import type { Handler } from "../../http/openapi/operation.ts";
import type { Planner } from "../../routing/planner.ts";
import { PIPELINE } from "./embeddings.ts";

export interface OpenaiModelServices {
  readonly planner: Planner;
  readonly registry: Registry;
}

export const openaiModelSchema = z.strictObject({
  id: z.string().describe("What a request may have as `model`."),
  object: z.literal("model"),
  created: z.literal(0).describe("Is not known; clients want a number."),
  owned_by: z.literal("scoreline"),
});

export const openaiModelsSchema = listSchema(openaiModelSchema);

const model = (id: string): z.infer<typeof openaiModelSchema> => ({
  id,
  object: "model",
  created: 0,
  owned_by: "scoreline",
});

/** `GET /openai/v1/models`: the names that give embeddings. */
export const listOpenaiModels: Handler<OpenaiModelServices> = (c, { planner }) => {
  const caller = callerOf(c);
  const names = planner.namesFor(caller).filter((name) => embeds(planner, caller, name));
  const list: z.infer<typeof openaiModelsSchema> = { object: "list", data: names.map(model) };
  return jsonAnswer(list);
};

/** `GET /openai/v1/models/{model}` */
export const getOpenaiModel: Handler<OpenaiModelServices> = (c, { planner }) => {
  const name = c.req.param("model") ?? "";
  const { id, manifest } = planner.versionOf(callerOf(c), name);
  if (manifest.pipeline.type === PIPELINE) return jsonAnswer(model(name));
  const { type } = manifest.pipeline;
  throw new ScoringError("not_found", `${id} is a model of ${type}; this lists ${PIPELINE}.`);
};

/** Whether the default variant does. */
function embeds(planner: Planner, caller: Caller, name: string): boolean {
  try {
    return planner.versionOf(caller, name).manifest.pipeline.type === PIPELINE;
  } catch (error) {
    if (error instanceof ScoringError) return false; // held back, or not this caller's
    throw error;
  }
}
