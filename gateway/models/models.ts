import type { ModelVersion, Registry } from "../../shared/model/registry.ts";
import { mediaTypesOf } from "../../shared/model/pipelines/contract.ts";
import { publishSchemas } from "../../shared/model/manifest.ts";
import type { Unavailable } from "../../shared/lane/workers.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { WaitLimits } from "../http/prefer.ts";
import { callerOf, mayUse, usableVersion } from "../access/caller.ts";
import type { Model, ModelList, ModelVersionBrief } from "./model-schema.ts";
import type { Contracts } from "./contracts.ts";
import type { WorkerView } from "./worker-view.ts";
import type { Handler } from "../http/openapi/operation.ts";

export interface ModelServices {
  readonly bodyBytesMax: number;
  readonly contracts: Contracts;
  readonly registry: Registry;
  readonly waits: WaitLimits;
  readonly workers: WorkerView;
}

/** `GET /v1/models`: every name that the key may use, with its versions. */
export const listModels: Handler<ModelServices> = (c, services) => {
  const { registry } = services;
  const usable = registry.versions.filter((version) => mayUse(callerOf(c), version));
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
export const getModel: Handler<ModelServices> = (c, services) => {
  const { registry, contracts, waits } = services;
  const version = usableVersion(callerOf(c), registry, c.req.param("model") ?? "");
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
  const reason = workers.whyUnavailable(version.id);
  return {
    id: version.id,
    name: version.name,
    version: version.version,
    description: version.manifest.description,
    pipeline: version.manifest.pipeline.type,
    status: reason === undefined ? "available" : statusOf(reason),
    workers: workers.count(version.id),
  };
}

function statusOf({ not_pulled: isNotPulled }: Unavailable): "not_pulled" | "unavailable" {
  return isNotPulled === true ? "not_pulled" : "unavailable";
}
