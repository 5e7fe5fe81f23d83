import { z } from "zod";
import { labelsSchema } from "../../../shared/labels.ts";
import { packageVersion } from "../../../shared/version.ts";
import { callerOf, type Caller } from "../../access/caller.ts";
import { jsonAnswer } from "../../http/answers.ts";
import type { Handler } from "../../http/openapi/operation.ts";
import type { Contracts } from "../../models/contracts.ts";
import type { Planner } from "../../routing/planner.ts";
import type { WorkerView } from "../../models/worker-view.ts";
import { olderName, type ScoreServices } from "./score.ts";
import { swaggerOf } from "./swagger.ts";

export interface DescribedServices {
  readonly planner: Planner;
  readonly contracts: Contracts;
  readonly workers: WorkerView;
}

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
      }),
    )
    .optional()
    .describe("The variants of an endpoint."),
  state: z
    .enum(["Healthy", "Transitioning", "Unhealthy"])
    .describe(
      "`Healthy`: each model has a ready worker; `Unhealthy`: the workers of one cannot load it; " +
        "else `Transitioning`.",
    ),
  computeType: z.literal("scoreline"),
  scoringUri: z.string(),
  swaggerUri: z.string(),
});

export type Service = z.infer<typeof serviceSchema>;
type Scoring = Pick<Service, "description" | "tags" | "properties" | "models" | "versions">;

/** `GET /api/v1/service/{service}` */
export const getService: Handler<DescribedServices> = (c, services) => {
  const name = c.req.param("service") ?? "";
  const scoring = scoringOf(callerOf(c), name, services);
  const service: Service = {
    name,
    ...scoring,
    state: stateOf(scoring.models, services),
    computeType: "scoreline",
    scoringUri: `/api/v1/service/${name}/score`,
    swaggerUri: `/api/v1/service/${name}/swagger.json`,
  };
  return jsonAnswer(service);
};

/** @throws {ScoringError} `forbidden` or `not_found` */
function scoringOf(caller: Caller, name: string, { planner }: DescribedServices): Scoring {
  const endpoint = planner.endpointOf(caller, name);
  if (endpoint === undefined) {
    const { id, manifest } = planner.versionOf(caller, name);
    const { description, tags, properties } = manifest;
    return { description, tags, properties, models: [id] };
  }
  const { description, tags, properties, variants, default: chosen } = endpoint.definition;
  const versions = variants.map(({ name: variant, model, share, type }) => {
    const typeName = type === "control" ? "Control" : "Treatment";
    const isDefault = variant === chosen;
    return [variant, { model, trafficPercentile: share, isDefault, type: typeName }] as const;
  });
  const models = [...new Set(variants.map(({ model }) => model))];
  return { description, tags, properties, models, versions: Object.fromEntries(versions) };
}

function stateOf(models: readonly string[], { workers }: DescribedServices): Service["state"] {
  if (models.some((id) => workers.whyUnavailable(id) !== undefined)) return "Unhealthy";
  return models.every((id) => workers.count(id).ready > 0) ? "Healthy" : "Transitioning";
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
