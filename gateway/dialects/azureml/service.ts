import type { Context } from "hono";
import { z } from "zod";
import { labelsSchema } from "../../../shared/labels.ts";
import type { ModelVersion } from "../../../shared/model/registry.ts";
import { packageVersion } from "../../../shared/version.ts";
import { callerOf } from "../../access/caller.ts";
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
  state: z
    .enum(["Healthy", "Transitioning", "Unhealthy"])
    .describe(
      "`Healthy`: a worker is ready; `Unhealthy`: those there are cannot load it; else `Transitioning`.",
    ),
  computeType: z.literal("scoreline"),
  scoringUri: z.string(),
  swaggerUri: z.string(),
});

export type Service = z.infer<typeof serviceSchema>;

/** `GET /api/v1/service/{service}` */
export const getService: Handler<DescribedServices> = (c, services) => {
  const { name, version } = asked(c, services);
  const { id, manifest } = version;
  const service: Service = {
    name,
    description: manifest.description,
    tags: manifest.tags,
    properties: manifest.properties,
    models: [id],
    state: stateOf(id, services),
    computeType: "scoreline",
    scoringUri: `/api/v1/service/${name}/score`,
    swaggerUri: `/api/v1/service/${name}/swagger.json`,
  };
  return jsonAnswer(service);
};

/** `GET /api/v1/service/{service}/score`: the same, for who only looks whether a scoring URL is right. */
export const getServiceAtScore: Handler<DescribedServices> = (c, services) =>
  getService(c, services);

/** `GET /api/v1/service/{service}/swagger.json` */
export const getServiceSwagger: Handler<DescribedServices> = (c, services) => {
  const { name, version } = asked(c, services);
  return jsonAnswer(swaggerOf(name, version, services.contracts.of(version)));
};

/** `GET /version`: of the library that runs the model, as text. */
export const getOlderVersion: Handler<Pick<ScoreServices, "scoreModel">> = (_c, services) => {
  olderName(services);
  const headers = { "content-type": "text/plain", "cache-control": "no-store" };
  return new Response(packageVersion("onnxruntime-node"), { headers });
};

/** @throws {ScoringError} `forbidden` or `not_found` */
function asked(
  c: Context,
  { planner }: DescribedServices,
): { readonly name: string; readonly version: ModelVersion } {
  const name = c.req.param("service") ?? "";
  return { name, version: planner.versionOf(callerOf(c), name) };
}

function stateOf(id: string, { workers }: DescribedServices): Service["state"] {
  if (workers.whyUnavailable(id) !== undefined) return "Unhealthy";
  return workers.count(id).ready > 0 ? "Healthy" : "Transitioning";
}
