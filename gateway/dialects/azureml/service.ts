import { z } from "zod";
import { bucketCounts } from "../../../shared/endpoint/definition.ts";
import { labelsSchema } from "../../../shared/labels.ts";
import { packageVersion } from "../../../shared/version.ts";
import { callerOf, type Caller } from "../../access/caller.ts";
import { jsonAnswer } from "../../http/answers.ts";
import type { Handler } from "../../http/openapi/operation.ts";
import type { Contracts } from "../../models/contracts.ts";
import type { Planner } from "../../routing/planner.ts";
import { stateOf, type Versions } from "../../models/version-state.ts";
import { olderName, type ScoreServices } from "./score.ts";
import { swaggerOf } from "./swagger.ts";

export interface DescribedServices extends Versions {
  readonly planner: Planner;
  readonly contracts: Contracts;
}

const stateSchema = z.enum(["Healthy", "Transitioning", "Unhealthy"]);
type State = z.infer<typeof stateSchema>;

/** What a service is, under the names that Azure ML gives it. */
export const serviceSchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  tags: labelsSchema,
  properties: labelsSchema,
  models: z.array(z.string()).describe("`name@version` of what scores."),
  versions: z
    .record(
      z.string(),
      z.strictObject({
        model: z.string(),
        trafficPercentile: z.number().describe("The default gets what they leave over as well."),
        isDefault: z.boolean(),
        type: z.enum(["Control", "Treatment"]),
        state: stateSchema,
      }),
    )
    .optional()
    .describe("The variants of an endpoint."),
  state: stateSchema.describe(
    "`Healthy`: each model has a ready worker; `Unhealthy`: one takes no jobs, since it is archived, or " +
      "no worker can load it; else `Transitioning`. Variants without traffic do not count.",
  ),
  computeType: z.literal("scoreline"),
  scoringUri: z.string(),
  swaggerUri: z.string(),
});

export type Service = z.infer<typeof serviceSchema>;
type Scoring = Omit<Service, "name" | "computeType" | "scoringUri" | "swaggerUri">;

/** `GET /api/v1/service/{service}` */
export const getService: Handler<DescribedServices> = (c, services) => {
  const name = c.req.param("service") ?? "";
  const service: Service = {
    name,
    ...scoringOf(callerOf(c), name, services),
    computeType: "scoreline",
    scoringUri: `/api/v1/service/${name}/score`,
    swaggerUri: `/api/v1/service/${name}/swagger.json`,
  };
  return jsonAnswer(service);
};

/** @throws {ScoringError} `forbidden` or `not_found` */
function scoringOf(caller: Caller, name: string, services: DescribedServices): Scoring {
  const endpoint = services.planner.endpointOf(caller, name);
  if (endpoint === undefined) {
    const { id, manifest } = services.planner.versionOf(caller, name);
    const { description, tags, properties } = manifest;
    const state = serviceState([id], services);
    return { description, tags, properties, models: [id], state };
  }
  const { description, tags, properties, variants, default: chosen } = endpoint.definition;
  const versions = variants.map(({ name: variant, model, share, type }) => {
    const typeName = type === "control" ? "Control" : "Treatment";
    const isDefault = variant === chosen;
    const state = serviceState([model], services);
    const told = { model, trafficPercentile: share, isDefault, type: typeName, state } as const;
    return [variant, told] as const;
  });
  const models = [...new Set(variants.map(({ model }) => model))];
  const traffic = bucketCounts(endpoint.definition);
  const used = variants.filter((it) => traffic.get(it.name) !== 0).map(({ model }) => model);
  return {
    description,
    tags,
    properties,
    models,
    versions: Object.fromEntries(versions),
    state: serviceState(used, services),
  };
}

const STATES: Readonly<Record<ReturnType<typeof stateOf>["status"], State>> = {
  ready: "Healthy",
  starting: "Transitioning",
  scales_from_zero: "Transitioning",
  not_pulled: "Unhealthy",
  unavailable: "Unhealthy",
  archived: "Unhealthy",
  missing: "Unhealthy",
};

/** As good as the worst of them. */
function serviceState(models: readonly string[], services: DescribedServices): State {
  const states = new Set(models.map((model) => STATES[stateOf(model, services).status]));
  if (states.has("Unhealthy")) return "Unhealthy";
  return states.has("Transitioning") ? "Transitioning" : "Healthy";
}

/** `GET /api/v1/service/{service}/score`: the same, for who only looks whether a scoring URL is right. */
export const getServiceAtScore: Handler<DescribedServices> = (c, services) =>
  getService(c, services);

/** `GET /api/v1/service/{service}/swagger.json`: of an endpoint, what its default variant takes. */
export const getServiceSwagger: Handler<DescribedServices> = (c, { planner, contracts }) => {
  const name = c.req.param("service") ?? "";
  const version = planner.versionOf(callerOf(c), name);
  return jsonAnswer(swaggerOf(name, version, contracts.of(version)));
};

/** `GET /version`: of the library that runs the model, as text. */
export const getOlderVersion: Handler<Pick<ScoreServices, "scoreModel">> = (_c, services) => {
  olderName(services);
  const headers = { "content-type": "text/plain", "cache-control": "no-store" };
  return new Response(packageVersion("onnxruntime-node"), { headers });
};
